"""The dbt project as Dagster assets, run in this process (the stock resource starts three processes a call)."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets

from orchestration.backlog import mark_built, take_built_models
from orchestration.defs.resources import ONE_BY_ONE, POOL, Installation, months
from orchestration.progress import report
from orchestration.settings import Settings
from orchestration.transform import load_manifest, project_digest, run_dbt

# Unit tests and the tests of seeds say nothing about a month's data: `make test` runs them.
BUILD = ("build", "--exclude-resource-type", "unit_test", "--no-write-json", "--indirect-selection")
EVERYTHING = ("eager", "--exclude", "tag:static", "--full-refresh")
# After a whole build by the same models: what follows from no delivery (seeds, and models of them alone) stands as it is, and a
# view that stands need not be made again; the tests of views are about the month's rows and run ("empty"). Tables of increments
# compute what changed (decisions 0024 and 0037).
INCREMENT = ("empty", "--select", "source:*+", "--exclude", "tag:static", "config.materialized:view")


def build_dbt_assets(settings: Settings) -> dg.AssetsDefinition:
    """All models and seeds as one multi-asset, partitioned like the deliveries that they are built from."""
    manifest = load_manifest(settings)
    project = DbtProject(
        project_dir=settings.dbt_project,
        profiles_dir=settings.dbt_project,
        target_path=Path(settings.dbt_target),
    )
    translator = DagsterDbtTranslator()

    @dbt_assets(manifest=manifest, project=project, dagster_dbt_translator=translator, partitions_def=months,
                pool=POOL, name="warehouse_models", backfill_policy=ONE_BY_ONE)  # fmt: skip
    def warehouse_models(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[Any]:
        report("build", "dbt")
        settings = installation.settings()
        models = project_digest(settings)
        extent = extent_of(settings, models)
        results = run_dbt(settings, [*BUILD, *(_selection(context, manifest) if context.is_subset else extent)])
        stand = extent == INCREMENT and not context.is_subset
        events = _Events(context, manifest, translator, project, _standing(manifest) if stand else set())
        for result in results:
            yield from events.of(result)
        yield from events.standing(sorted(events.stand))
        if not events.failed and not context.is_subset:
            mark_built(settings, models)
        if events.failed:
            raise dg.Failure(
                f"{len(events.failed)} dbt nodes failed", metadata={"nodes": ", ".join(events.failed[:20])}
            )

    return warehouse_models


def extent_of(settings: Settings, models: str) -> tuple[str, ...]:
    """INCREMENT after a whole build by these models (their digest), else EVERYTHING: after a killed build or one of a part.

    The mark of that build is taken away here; only a whole build that ends well puts one back.
    """
    return INCREMENT if take_built_models(settings) == models else EVERYTHING


def _selection(context: dg.AssetExecutionContext, manifest: dict[str, Any]) -> list[str]:
    """Arguments for the part of the project that is to run: made anew, as the work lists of increments may lie outside of it."""
    names = {node["name"] for node in manifest["nodes"].values()}
    return [
        *EVERYTHING,
        "--select",
        " ".join(sorted(key.path[-1] for key in context.selected_asset_keys if key.path[-1] in names)),
    ]


def _standing(manifest: dict[str, Any]) -> set[str]:
    """What an increment leaves as it is: views, seeds, and models that follow from no source."""
    nodes, children = manifest["nodes"], manifest["child_map"]
    delivered: set[str] = set()
    reached = list(manifest["sources"])
    while reached:
        delivered.update(reached)
        reached = [child for name in reached for child in children.get(name, []) if child not in delivered]
    return {
        name
        for name, node in nodes.items()
        if node["resource_type"] in ("model", "seed")
        and (node["config"]["materialized"] == "view" or name not in delivered)
    }


class _Events:
    """dbt's node results as Dagster events; `failed` collects the nodes that stop the run, `stand` those that it leaves."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        manifest: dict[str, Any],
        translator: DagsterDbtTranslator,
        project: DbtProject,
        stand: set[str],
    ) -> None:
        self.context, self.manifest, self.translator, self.project = context, manifest, translator, project
        self.stand = stand
        self.failed: list[str] = []

    def of(self, result: Any) -> Iterator[Any]:
        if result.node.resource_type in ("model", "seed"):
            yield from self._model(result)
        elif result.node.resource_type == "test":
            yield from self._test(result)

    def _model(self, result: Any) -> Iterator[dg.MaterializeResult]:
        yield from self.standing(result.node.depends_on_nodes)
        spec = self.translator.get_asset_spec(self.manifest, result.node.unique_id, self.project)
        if str(result.status) != "success":
            self.failed.append(result.node.name)
        elif spec.key in self.context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"seconds": round(result.execution_time, 3)})

    def standing(self, unique_ids: Iterable[str]) -> Iterator[dg.MaterializeResult]:
        """Those of these nodes that this run leaves as they are, each after those that it reads (Dagster's order)."""
        for unique_id in unique_ids:
            if unique_id in self.stand:
                self.stand.remove(unique_id)
                yield from self.standing(self.manifest["parent_map"][unique_id])
                spec = self.translator.get_asset_spec(self.manifest, unique_id, self.project)
                yield dg.MaterializeResult(asset_key=spec.key, metadata={"seconds": 0.0, "standing": True})

    def _test(self, result: Any) -> Iterator[dg.AssetCheckResult]:
        node = self.manifest["nodes"][result.node.unique_id]
        status = str(result.status)
        if status in ("fail", "error"):
            self.failed.append(result.node.name)
        attached = node.get("attached_node")
        if not attached:
            return
        parent = self.translator.get_asset_spec(self.manifest, attached, self.project)
        check = self.translator.get_asset_check_spec(parent, self.manifest, result.node.unique_id, self.project)
        if check and check.key in self.context.selected_asset_check_keys:
            severity = dg.AssetCheckSeverity.WARN if status == "warn" else dg.AssetCheckSeverity.ERROR
            yield dg.AssetCheckResult(
                asset_key=check.asset_key, check_name=check.name, passed=status == "pass", severity=severity,
                metadata={"failures": result.failures or 0},
            )  # fmt: skip
