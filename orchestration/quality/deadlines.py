"""Deadlines: which delivery was due when, and an alert for each that is missing. The due days are data (delivery_deadlines.csv).

A standing register (areas, staff) has no deadline: it stands until its next delivery.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.cached import by_files
from orchestration.errors import ContractError
from orchestration.landing.contracts import Register
from orchestration.periods import month_end, next_month
from orchestration.quality.alerts import open_an_alert, record_event, renew_alert, resolve_alert
from orchestration.quality.suites import Threshold
from orchestration.variables import variables
from orchestration.warehouse import transaction

SPAN = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
SINCE = date(2013, 10, 1)


@dataclass(frozen=True)
class Schedule:
    """When a register's deliveries are due: every `span` months, on `days[area]` (or `days[""]`) of the month after.

    A month that came more than `live_days` after its end was loaded as history, and nobody was waiting for it.
    """

    span: int
    days: dict[str, int]
    live_days: int

    def due_on(self, area: str, month: date) -> date:
        """The last day on which the delivery of `month` is in time."""
        return next_month(month).replace(day=self.days.get(area, self.days[""]))

    def is_due(self, month: date) -> bool:
        """Whether a delivery is due for this month at all."""
        return month.month % self.span == 0


@dataclass(frozen=True)
class Due:
    """Deliveries whose time has come: months by (register, delivering area), all of them and those that are missing."""

    months: dict[tuple[str, str], list[date]]
    missing: dict[tuple[str, str], list[date]]


def load_schedules(project: Path) -> dict[str, Schedule]:
    """The schedule of every register that has one, from the seeds; ContractError when they do not fit together."""
    live_days = int(variables(project)["live_days"])
    spans, days = _deadlines([project / "seeds" / "registers.csv", project / "seeds" / "delivery_deadlines.csv"])
    return {register: Schedule(span, days[register], live_days) for register, span in spans.items()}


@by_files
def _deadlines(paths: list[Path]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Months between deliveries by register, and due days by register and area."""
    deadlines, registers = (list(csv.DictReader(path.open(encoding="utf-8"))) for path in paths)
    spans = {row["register"]: SPAN[row["frequency"]] for row in registers if row["frequency"] in SPAN}
    days: dict[str, dict[str, int]] = {}
    for row in deadlines:
        day = row["due_day"] or ""
        if not day.isdecimal() or not 1 <= int(day) <= 28:
            raise ContractError(f"delivery_deadlines.csv: {row['register']}: due_day {day} is not a day of every month")
        days.setdefault(row["register"], {})[row["area_code"]] = int(day)
    wrong = set(spans) ^ {register for register, of in days.items() if "" in of}
    if wrong:
        raise ContractError(
            f"delivery_deadlines.csv: no due day for all areas, or no frequency: {', '.join(sorted(wrong))}"
        )
    return spans, days


def deadline_of(register: Register) -> Threshold:
    """The rule that a missing delivery breaks."""
    return Threshold(
        id=f"{register.name}_delivered",
        type="LandingLimit",
        kwargs={},
        dimension="completeness",
        severity="fail",
        since=SINCE,
        zh=f"{register.name_zh}按期报送",
        en="The delivery came by its due day",
        reason="Figures that need a missing delivery are not made up: they stand as not delivered until it comes.",
    )


def watch_deadlines(
    connection: duckdb.DuckDBPyConnection, registers: dict[str, Register], schedules: dict[str, Schedule], at: datetime
) -> Due:
    """Open, remind and resolve the alerts about missing deliveries, in one transaction. `at`: the moment to judge by."""
    open_alerts = {
        (register, area): (alert, last)
        for alert, register, area, last in connection.execute(
            """select alert, register, area_code, last_month from quality.alerts
                where status = 'open' and check_id = register || '_delivered'"""
        ).fetchall()
    }
    due = due_deliveries(connection, registers, schedules, at.date())
    with transaction(connection):
        for (register, area), months in due.missing.items():
            _breach(connection, deadline_of(registers[register]), register, area, months, open_alerts, at)
        for (register, area), (alert, last) in open_alerts.items():
            if (register, area) not in due.missing:
                resolve_alert(connection, alert, _landed(connection, register, area))
                record_event(connection, alert, "resolved", last, at)
    return due


def _breach(
    connection: duckdb.DuckDBPyConnection, rule: Threshold, register: str, area: str, months: list[date],
    open_alerts: dict[tuple[str, str], tuple[str, date]], at: datetime,
) -> None:  # fmt: skip
    """An alert of its own for the first missing month; later ones remind of it."""
    if (register, area) not in open_alerts:
        alert = f"missing-{register}-{area}-{months[0]:%Y%m}"
        open_an_alert(connection, alert, rule, register, area, months[0], at)
        renew_alert(connection, alert, months[-1], len(months), len(months))
        record_event(connection, alert, "opened", months[-1], at)
        return
    alert, last_month = open_alerts[register, area]
    renew_alert(connection, alert, months[-1], len(months), len(months))
    if months[-1] > last_month:
        record_event(connection, alert, "reminded", months[-1], at)


def due_deliveries(
    connection: duckdb.DuckDBPyConnection, registers: dict[str, Register], schedules: dict[str, Schedule], today: date
) -> Due:
    """What was due before `today`; missing is what has neither landed nor is held.

    A delivery of history is due once a later month has come: nobody can be late with what was loaded afterwards.
    """
    came = {
        (register, area, month): received_on
        for register, area, month, received_on in connection.execute(
            """select register, area_code, month, min(received_at)::date from landing.deliveries
                where status in ('landed', 'superseded', 'held') group by register, area_code, month"""
        ).fetchall()
    }
    reported = sorted({month for register, _, month in came if register in schedules})
    if not reported:
        return Due({}, {})
    live_days = timedelta(days=schedules[next(iter(schedules))].live_days)
    live = min((month for (*_, month), day in came.items() if day < next_month(month) + live_days), default=None)
    due = Due({}, {})
    for month in _months(reported[0], today):
        areas = _areas(connection, month)
        for name, schedule in schedules.items():
            for area in areas.get(registers[name].delivered_by, ()) if schedule.is_due(month) else ():
                waited_for = live is not None and month >= live
                if not (schedule.due_on(area, month) < today if waited_for else month < reported[-1]):
                    continue
                due.months.setdefault((name, area), []).append(month)
                if (name, area, month) not in came:
                    due.missing.setdefault((name, area), []).append(month)
    return due


def _months(first: date, today: date) -> Iterator[date]:
    while first < today:
        yield first
        first = next_month(first)


def _areas(connection: duckdb.DuckDBPyConnection, month: date) -> dict[str, list[str]]:
    """Six-digit codes of the areas in force at the month's end, by level."""
    rows = connection.execute(
        """select level, list(distinct substr(area, 1, 6) order by substr(area, 1, 6)) from raw.areas
            where _valid_to is null and level in ('city', 'county') and valid_from <= $end
                and (valid_to is null or valid_to > $end) group by level""",
        {"end": month_end(month)},
    ).fetchall()
    return dict(rows)


def _landed(connection: duckdb.DuckDBPyConnection, register: str, area: str) -> int:
    """The number of the register's last landed delivery of an area; 0 when there is none (its deadline has moved)."""
    row = connection.execute(
        "select coalesce(max(delivery), 0) from landing.deliveries where register = ? and area_code = ? and status = 'landed'",
        [register, area],
    ).fetchone()
    assert row is not None
    return int(row[0])
