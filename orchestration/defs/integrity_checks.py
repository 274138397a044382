"""Signals of statistical integrity as asset checks of the mart that holds them: one per method, from their declarations."""

from collections.abc import Iterator, Mapping

import dagster as dg

from orchestration.defs.resources import POOL, Installation
from orchestration.landing.contracts import load_contracts
from orchestration.quality.integrity import Method, count_signals
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

SIGNALS = dg.AssetKey(["marts", "integrity_signals"])


def build_integrity_checks(methods: Mapping[str, Method]) -> dg.AssetChecksDefinition:
    """One check per method: passed when something was judged and nothing gave a signal."""

    @dg.multi_asset_check(
        name="integrity",
        specs=[
            dg.AssetCheckSpec(m.rule.id, asset=SIGNALS, description=f"{m.sentence_zh} / {m.sentence_en}. {m.reason}")
            for m in methods.values()
        ],
        pool=POOL,
    )
    def integrity(installation: Installation) -> Iterator[dg.AssetCheckResult]:
        yield from integrity_results(installation.settings(), methods)

    return integrity


def integrity_results(settings: Settings, methods: Mapping[str, Method]) -> Iterator[dg.AssetCheckResult]:
    """What the last build says by each method: areas judged, signals, and the hits and cases of these."""
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        counts = count_signals(connection)
    for name, method in methods.items():
        judged, signals, hits, cases = counts.get(name, (0, 0, 0, 0))
        yield dg.AssetCheckResult(
            asset_key=SIGNALS,
            check_name=method.rule.id,
            passed=judged > 0 and not signals,  # n/a is never a pass
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"judged": judged, "signals": signals, "hits": hits, "cases": cases},
        )
