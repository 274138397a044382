"""What leaves the warehouse: the published marts and the page."""

from collections.abc import Sequence
from datetime import date, datetime

import dagster as dg
import duckdb

from orchestration.defs.resources import ONE_BY_ONE, POOL, Installation, months
from orchestration.progress import report
from orchestration.publish.publication import current_marts, publication_number, publish
from orchestration.settings import Settings
from orchestration.site.build import SiteSummary, build_site

MARTS = dg.AssetKey(["publication", "marts"])
SITE = dg.AssetKey(["publication", "site"])


def write_site(settings: Settings) -> SiteSummary:
    """The page of the current publication, dated as the publication is."""
    marts = current_marts(settings)
    if marts is None:
        raise FileNotFoundError("nothing has been published yet")
    with duckdb.connect(str(marts), read_only=True) as connection:
        row = connection.execute("select published_at from publication").fetchone()
    published_at = row[0] if row else datetime.combine(date.min, datetime.min.time())
    return build_site(
        marts,
        settings.published / "site",
        generated_at=published_at,
        publication=str(publication_number(marts)),
    )


def build_publication_assets(published_models: Sequence[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The assets `publication/marts` (from the models of the schema `published`) and `publication/site`."""

    @dg.asset(key=MARTS, group_name="publication", partitions_def=months, backfill_policy=ONE_BY_ONE, pool=POOL, deps=list(published_models),
              kinds={"duckdb", "parquet"}, description="Protected marts, swapped into place atomically.")  # fmt: skip
    def published_marts(installation: Installation) -> dg.MaterializeResult:
        report("publish", "marts")
        publication = publish(installation.settings())
        return dg.MaterializeResult(
            metadata={"publication": publication.number, "tables": publication.tables, "rows": publication.rows,
                      "unchanged": publication.unchanged}
        )  # fmt: skip

    @dg.asset(key=SITE, group_name="publication", partitions_def=months, backfill_policy=ONE_BY_ONE, deps=[MARTS], kinds={"html"},
              description="The page that people read, from published marts only.")  # fmt: skip
    def site(installation: Installation) -> dg.MaterializeResult:
        report("site", "index.html")
        summary = write_site(installation.settings())
        return dg.MaterializeResult(metadata={"pages": summary.pages, "bytes": summary.bytes})

    return [published_marts, site]
