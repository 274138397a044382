"""What leaves the warehouse: the published marts and the page."""

from collections.abc import Sequence

import dagster as dg

from orchestration.defs.resources import ONE_BY_ONE, POOL, Installation, months
from orchestration.progress import report
from orchestration.publish.office import write_office
from orchestration.publish.page import write_site
from orchestration.publish.publication import publish

MARTS = dg.AssetKey(["publication", "marts"])
SITE = dg.AssetKey(["publication", "site"])


def build_publication_assets(published_models: Sequence[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The assets `publication/marts` (from the models of the schema `published`) and `publication/site`."""

    @dg.asset(
        key=MARTS,
        group_name="publication",
        partitions_def=months,
        backfill_policy=ONE_BY_ONE,
        pool=POOL,
        deps=list(published_models),
        kinds={"duckdb", "parquet"},
        description="Protected marts, swapped into place atomically; the exact ones in the office's own file.",
    )
    def published_marts(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult:
        report("publish", "marts")
        done = publish(installation.settings(), context.run_id)
        write_office(installation.settings())
        figures = {"publication": done.number, "tables": done.tables, "rows": done.rows, "unchanged": done.unchanged}
        return dg.MaterializeResult(metadata=figures)

    @dg.asset(
        key=SITE,
        group_name="publication",
        partitions_def=months,
        backfill_policy=ONE_BY_ONE,
        pool=POOL,
        deps=[MARTS],
        kinds={"html"},
        description="The page that people read, from published marts only.",
    )
    def site(installation: Installation) -> dg.MaterializeResult:
        report("site", "index.html")
        summary = write_site(installation.settings())
        return dg.MaterializeResult(metadata={"pages": summary.pages, "bytes": summary.bytes})

    return [published_marts, site]
