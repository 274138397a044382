"""One asset per register, generated from its contract, partitioned by snapshot month; its suite as asset checks."""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from orchestration.defs.resources import ONE_BY_ONE, POOL, Installation, months
from orchestration.errors import Refusal
from orchestration.landing.contracts import Register
from orchestration.landing.deliver import Lander, inbox_files, landing
from orchestration.landing.ledger import Outcome
from orchestration.landing.receive import parse_name
from orchestration.progress import report
from orchestration.quality.suites import Threshold
from orchestration.settings import Settings

TAKEN = "deliveries_taken"


def land_register_month(settings: Settings, register: str, month: date) -> tuple[list[Outcome], dict[str, tuple]]:
    """Land what the inbox holds for a register and month: outcomes, and per check the worst status and summed counts."""
    with landing(settings) as lander:
        paths = [p for p in inbox_files(settings) if _belongs(p.name, lander, register, month)]
        outcomes = lander.land_all(paths, lambda outcome: report("land", outcome.file))
        results = lander.connection.execute(
            """select r.check_id, count(*) filter (where r.status = 'fail'),
                    count(*) filter (where r.status = 'warn'), count(*) filter (where r.status = 'pass'),
                    coalesce(sum(r.elements), 0), coalesce(sum(r.unexpected), 0)
                from quality.results as r
                inner join landing.deliveries as d on r.delivery = d.delivery and d.status in ('landed', 'held')
                where r.register = ? and r.month = ? group by r.check_id""",
            [register, month],
        ).fetchall()
    return outcomes, {row[0]: row[1:] for row in results}


def _belongs(name: str, lander: Lander, register: str, month: date) -> bool:
    try:
        parsed = parse_name(name, lander.registers)
    except Refusal:
        return False
    return parsed.register == register and parsed.month == month


def landing_asset(register: Register, thresholds: Sequence[Threshold]) -> dg.AssetsDefinition:
    """The asset `raw/<register>`: lands a month's deliveries, and says what its checks found."""
    key = dg.AssetKey(["raw", register.name])
    checks = [dg.AssetCheckSpec(t.id, asset=key, description=f"{t.zh} / {t.en}. {t.reason}") for t in thresholds]
    checks.append(
        dg.AssetCheckSpec(TAKEN, asset=key, description="没有被拒收或暂扣的批次 / No delivery was refused or is held")
    )

    @dg.asset(
        key=key,
        group_name="landing",
        partitions_def=months,
        backfill_policy=ONE_BY_ONE,
        pool=POOL,
        check_specs=checks,
        deps=[] if register.name == "areas" else [dg.AssetKey(["raw", "areas"])],
        description=f"{register.name_zh} / {register.name_en}: history of the register, by snapshot month.",
        kinds={"duckdb"},
        owners=[f"team:{register.owner}"],
    )
    def land(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult]:
        month = context.partition_time_window.start.date()
        outcomes, results = land_register_month(installation.settings(), register.name, month)
        for outcome in outcomes:
            if outcome.reason and not outcome.known:
                context.log.warning(f"{outcome.status}: {outcome.reason}")
        yield dg.MaterializeResult(
            metadata=_metadata(outcomes),
            check_results=[*_check_results(thresholds, results), _taken(outcomes)],
        )

    return land


def _metadata(outcomes: list[Outcome]) -> dict[str, dg.MetadataValue]:
    figures = {"files": len(outcomes), "files_known": sum(o.known for o in outcomes)}
    for name in ("rows_in", "rows_landed", "rows_unchanged", "rows_quarantined", "rows_closed"):
        figures[name] = sum(getattr(o, name) or 0 for o in outcomes)
    return {name: dg.MetadataValue.int(value) for name, value in figures.items()}


def _check_results(thresholds: Sequence[Threshold], results: dict[str, tuple]) -> Iterator[dg.AssetCheckResult]:
    for threshold in thresholds:
        fail, warn, passed, elements, unexpected = results.get(threshold.id, (0, 0, 0, 0, 0))
        yield dg.AssetCheckResult(
            check_name=threshold.id,
            passed=bool(passed) and not fail and not warn,  # n/a is never a pass
            severity=dg.AssetCheckSeverity.ERROR if fail else dg.AssetCheckSeverity.WARN,
            metadata={"failed": fail, "warned": warn, "passed": passed, "elements": int(elements),
                      "unexpected": int(unexpected), "threshold": threshold.threshold},
        )  # fmt: skip


def _taken(outcomes: list[Outcome]) -> dg.AssetCheckResult:
    counts = {status: sum(o.status == status for o in outcomes) for status in ("held", "refused")}
    return dg.AssetCheckResult(
        check_name=TAKEN,
        passed=not any(counts.values()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata=counts,
    )
