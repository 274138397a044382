"""One asset per register, generated from its contract, partitioned by snapshot month; its suite as asset checks."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.defs.resources import ONE_BY_ONE, POOL, Installation, months
from orchestration.errors import LandingFailed, Refusal
from orchestration.landing.contracts import Register
from orchestration.landing.deliver import Lander, landing
from orchestration.landing.inbox import empty_inbox, inbox_files
from orchestration.landing.ledger import Outcome
from orchestration.landing.receive import parse_name
from orchestration.periods import now
from orchestration.progress import report
from orchestration.quality.deadlines import Due, load_schedules, watch_deadlines
from orchestration.quality.suites import Threshold
from orchestration.settings import Settings

TAKEN = "deliveries_taken"


@dataclass(frozen=True)
class RegisterMonth:
    """What a month's landing says of one register; `failure` is what stopped it, when something did."""

    register: str
    outcomes: list[Outcome]
    results: dict[str, tuple[Any, ...]]
    failure: str | None = None


def land_month(settings: Settings, registers: Collection[str], month: date) -> Iterator[RegisterMonth | Due]:
    """Land what the inbox holds for a month, register by register, the area register first.

    One session for all of them: opening the warehouse, the contracts and the gate thirty times would take longer than the
    landing. What stops one register (LandingFailed) does not stop the next. What is due then is told last.
    """
    with landing(settings) as lander:
        waiting = _waiting(settings, lander, month)
        for register in sorted(registers, key=lambda name: (name != "areas", name)):
            try:
                outcomes = lander.land_all(waiting.get(register, []), lambda outcome: report("land", outcome.file))
            except LandingFailed as error:
                yield RegisterMonth(register, [], {}, str(error))
            else:
                yield RegisterMonth(register, outcomes, _results(lander, register, month))
        empty_inbox(settings, lander.taken)
        # before the build, which publishes the alerts
        schedules = load_schedules(settings.dbt_project)
        yield watch_deadlines(lander.connection, lander.registers, schedules, now())


def _waiting(settings: Settings, lander: Lander, month: date) -> dict[str, list[Path]]:
    """The inbox's files of a month, by register."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in inbox_files(settings):
        with suppress(Refusal):
            name = parse_name(path.name, lander.registers)
            if name.month == month:
                found[name.register].append(path)
    return found


def _results(lander: Lander, register: str, month: date) -> dict[str, tuple[Any, ...]]:
    """Per check: how often it failed, warned and passed, and the summed counts of elements and of unexpected ones."""
    rows = lander.connection.execute(
        """select r.check_id, count(*) filter (where r.status = 'fail'),
                count(*) filter (where r.status = 'warn'), count(*) filter (where r.status = 'pass'),
                coalesce(sum(r.elements), 0), coalesce(sum(r.unexpected), 0)
            from quality.results as r
            inner join landing.deliveries as d on r.delivery = d.delivery and d.status in ('landed', 'held')
            where r.register = ? and r.month = ? group by r.check_id""",
        [register, month],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def build_landing_assets(
    registers: dict[str, Register], suites: Mapping[str, Sequence[Threshold]], deadlines: Mapping[str, Threshold]
) -> dg.AssetsDefinition:
    """One asset `raw/<register>` per contract, its suite and its deadline as asset checks, all landed by one step a month."""

    @dg.multi_asset(
        name="landing",
        specs=[_asset(register) for register in registers.values()],
        check_specs=[
            *(spec for name in registers for spec in _checks(name, suites[name])),
            *(_spec(_key(name), rule) for name, rule in deadlines.items()),
        ],
        can_subset=True,
        partitions_def=months,
        backfill_policy=ONE_BY_ONE,
        pool=POOL,
    )
    def land(
        context: dg.AssetExecutionContext, installation: Installation
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        month = context.partition_time_window.start.date()
        failures = []
        selected = {key.path[-1] for key in context.selected_asset_keys}
        for landed in land_month(installation.settings(), selected, month):
            if isinstance(landed, Due):
                yield from (in_time(name, rule, landed) for name, rule in deadlines.items() if name in selected)
            elif landed.failure:
                failures.append(landed.failure)
            else:
                for outcome in landed.outcomes:
                    if outcome.reason and not outcome.known:
                        context.log.warning(f"{outcome.status}: {outcome.reason}")
                yield _materialized(landed, suites[landed.register])
        if failures:
            raise LandingFailed("; ".join(failures))

    return land


def _asset(register: Register) -> dg.AssetSpec:
    return dg.AssetSpec(
        _key(register.name),
        group_name="landing",
        deps=[] if register.name == "areas" else [_key("areas")],
        description=f"{register.name_zh} / {register.name_en}: history of the register, by snapshot month.",
        kinds={"duckdb"},
        owners=[f"team:{register.owner}"],
    )


def _checks(register: str, thresholds: Sequence[Threshold]) -> list[dg.AssetCheckSpec]:
    key = _key(register)
    taken = "没有被拒收或暂扣的批次 / No delivery was refused or is held"
    return [*(_spec(key, t) for t in thresholds), dg.AssetCheckSpec(TAKEN, asset=key, description=taken)]


def _spec(key: dg.AssetKey, rule: Threshold) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(rule.id, asset=key, description=f"{rule.zh} / {rule.en}. {rule.reason}")


def _key(register: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", register])


def _materialized(landed: RegisterMonth, thresholds: Sequence[Threshold]) -> dg.MaterializeResult:
    key = _key(landed.register)
    return dg.MaterializeResult(
        asset_key=key,
        metadata=_metadata(landed.outcomes),
        check_results=[*_check_results(key, thresholds, landed.results), _taken(key, landed.outcomes)],
    )


def _metadata(outcomes: list[Outcome]) -> dict[str, dg.MetadataValue]:
    figures = {"files": len(outcomes), "files_known": sum(o.known for o in outcomes)}
    for name in ("rows_in", "rows_landed", "rows_unchanged", "rows_quarantined", "rows_closed"):
        figures[name] = sum(getattr(o, name) or 0 for o in outcomes)
    return {name: dg.MetadataValue.int(value) for name, value in figures.items()}


def _check_results(
    key: dg.AssetKey, thresholds: Sequence[Threshold], results: dict[str, tuple[Any, ...]]
) -> Iterator[dg.AssetCheckResult]:
    for threshold in thresholds:
        fail, warn, passed, elements, unexpected = results.get(threshold.id, (0, 0, 0, 0, 0))
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=threshold.id,
            passed=bool(passed) and not fail and not warn,  # n/a is never a pass
            severity=dg.AssetCheckSeverity.ERROR if fail else dg.AssetCheckSeverity.WARN,
            metadata={"failed": fail, "warned": warn, "passed": passed, "elements": int(elements),
                      "unexpected": int(unexpected), "threshold": threshold.threshold},
        )  # fmt: skip


def _taken(key: dg.AssetKey, outcomes: list[Outcome]) -> dg.AssetCheckResult:
    counts = {status: sum(o.status == status for o in outcomes) for status in ("held", "refused")}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=TAKEN,
        passed=not any(counts.values()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata=counts,
    )


def in_time(register: str, rule: Threshold, due: Due) -> dg.AssetCheckResult:
    """The deadline of a register: how many deliveries were due, how many of them are missing, and of how many areas."""
    asked, missing = (
        [months for (name, _), months in found.items() if name == register] for found in (due.months, due.missing)
    )
    fails = bool(missing) and rule.severity == "fail"
    return dg.AssetCheckResult(
        asset_key=_key(register),
        check_name=rule.id,
        passed=bool(asked) and not missing,  # n/a is never a pass
        severity=dg.AssetCheckSeverity.ERROR if fails else dg.AssetCheckSeverity.WARN,
        metadata={"due": sum(map(len, asked)), "missing": sum(map(len, missing)), "areas": len(missing)},
    )
