"""Pregnancies: those of the births to come, those that end otherwise, and the visits to both."""

from __future__ import annotations

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.delays import draw_days
from orchestration.demo.linked import MARRIED, YES, Linked, days_between, perhaps, some
from orchestration.demo.months import NEVER, Bool, Int, first_day, last_day
from orchestration.demo.procedures import ABORTION, INDUCTION, add_procedures
from orchestration.demo.records import Records
from orchestration.demo.schedules import schedules
from orchestration.demo.streams import stream

OUTCOMES = ("活产", "自然流产", "人工终止", "死胎死产", "未记录")
LIVE_BIRTH, MISCARRIAGE, TERMINATION, STILLBIRTH, UNRECORDED = range(5)
TERM_DAYS = 280
EARLY_DAYS = (35, 84)
LATE_TERMINATION = 98  # days after the last period
VISIT_TYPES = ("入户", "到站", "电话")


def last_periods(births: Records, seed: int) -> Int:
    """First day of the last period before each birth."""
    table = schedules().pregnancies
    drawn = stream(seed, "gestation").normal(table.gestation_mean, table.gestation_sd, len(births))
    return np.asarray(births["day"] - np.clip(drawn, 210, 295), dtype=np.int32)


def step(linked: Linked, lmp: Int, arrived: Int, month: int) -> None:
    """Pregnancies that begin in the month; in the first month also those that are already under way."""
    rng = linked.rng("pregnancies", month)
    before = first_day(month) if month > linked.life.first_month else -(2**30)
    rows = np.flatnonzero((lmp >= before) & (lmp <= last_day(month)))
    births, table = linked.foreseen, schedules().pregnancies
    day = births["day"][rows]
    seen = _first_seen(lmp[rows], day, rng)
    seen = np.maximum(np.where(rng.random(len(rows)) < table.after_outcome, day + 5, seen), arrived[rows])
    _add(
        linked, rng, woman=births["mother"][rows], village=births["village"][rows], lmp=lmp[rows], seen=seen,
        before=births["parity"][rows] - 1, outcome=np.full(len(rows), LIVE_BIRTH), ended=day,
    )  # fmt: skip
    _lost(linked, month, len(rows) if month > linked.life.first_month else len(rows) // 9, rng)


def _first_seen(lmp: Int, ended: Int, rng: np.random.Generator) -> Int:
    early = rng.random(len(lmp)) < schedules().pregnancies.early
    waited = np.where(
        early, days_between(rng, len(lmp), EARLY_DAYS), days_between(rng, len(lmp), (EARLY_DAYS[1] + 1, 200))
    )
    return np.minimum(lmp + waited, ended).astype(np.int32)


def _lost(linked: Linked, month: int, births: int, rng: np.random.Generator) -> None:
    """Pregnancies of the month that end otherwise, of married women who bear no child around that time."""
    table, people = schedules().pregnancies, linked.life.people
    age = (first_day(month) - people["birth"]) / 365.25
    free = people["living"] & ~people["male"] & (age >= 18) & (age < 44) & np.isin(people["true_marital"], MARRIED)
    free &= people["entered"] <= first_day(month)
    day = linked.foreseen["day"]
    mothers = linked.foreseen["mother"][(day > first_day(month) - 120) & (day < first_day(month) + 430)]
    free[mothers[mothers < len(free)]] = False
    recent = linked["pregnancies"]["lmp"] > first_day(month) - 300
    others = linked["pregnancies"]["woman"][recent]
    free[others[others < len(free)]] = False
    candidates = np.flatnonzero(free).astype(np.int32)
    size = min(int(rng.poisson(births * table.lost_per_birth)), len(candidates))
    woman = rng.choice(candidates, size=size, replace=False)
    lmp = days_between(rng, size, (first_day(month), last_day(month)))
    ending = rng.random(size)
    outcome = np.where(ending < table.stillbirth, STILLBIRTH, TERMINATION)
    outcome = np.where(ending > 1 - table.miscarriage, MISCARRIAGE, outcome)
    ended = (lmp + _weeks_lost(outcome, rng)).astype(np.int32)
    _add(
        linked, rng, woman=woman, village=people["village"][woman], lmp=lmp, seen=_first_seen(lmp, ended, rng),
        before=people["true_children"][woman], outcome=outcome, ended=ended,
    )  # fmt: skip
    done = some(rng, np.flatnonzero(outcome == TERMINATION).astype(np.int32), table.termination_recorded)
    kind = np.where(ended[done] - lmp[done] >= LATE_TERMINATION, INDUCTION, ABORTION)
    add_procedures(linked, woman[done], kind, ended[done], ended[done] + 7, rng)


def _weeks_lost(outcome: Int, rng: np.random.Generator) -> Int:
    """Days from the last period to the end."""
    size = len(outcome)
    late = rng.random(size) < schedules().pregnancies.induced_late
    terminated = np.where(
        late, days_between(rng, size, (LATE_TERMINATION, 170)), days_between(rng, size, (48, LATE_TERMINATION - 1))
    )
    lost = np.where(outcome == STILLBIRTH, days_between(rng, size, (190, 275)), days_between(rng, size, (45, 100)))
    return np.where(outcome == TERMINATION, terminated, lost).astype(np.int32)


def _add(linked: Linked, rng: np.random.Generator, **columns: Int) -> None:
    """Put pregnancies on record, with when their outcome is known, and plan their visits."""
    table, size = schedules().pregnancies, len(columns["woman"])
    paper = draw_days(columns["seen"], schedules().registration.birth, rng)
    registered = perhaps(paper, rng.random(size) < table.on_record)
    told = columns["ended"] + days_between(rng, size, (0, 25))
    recorded = perhaps(told, rng.random(size) >= table.outcome_unrecorded)
    first = len(linked["pregnancies"])
    linked["pregnancies"].add(**columns, recorded=recorded, registered=registered)
    for week in table.visit_weeks:
        day = (columns["lmp"] + week * 7 + days_between(rng, size, (-6, 6))).astype(np.int32)
        made: Bool = (day >= registered) & (day < columns["ended"]) & (rng.random(size) < table.visit_made)
        chosen = np.flatnonzero(made)
        linked["pregnancy_visits"].add(
            pregnancy=first + chosen, village=columns["village"][chosen],
            week=(day[chosen] - columns["lmp"][chosen]) // 7 + 1, kind=rng.integers(0, len(VISIT_TYPES), len(chosen)),
            registered=day[chosen],
        )  # fmt: skip


def stop_contraception(linked: Linked, month: int, none: int) -> None:
    """Whose pregnancy came on record in the month uses no method any more."""
    records, people = linked["pregnancies"], linked.life.people
    known = (records["registered"] >= first_day(month)) & (records["registered"] <= last_day(month))
    woman = records["woman"][known & (records["ended"] > last_day(month))]
    woman = woman[(woman < people.count)]
    woman = woman[people["method"][woman] != 0]
    people["method"][woman] = none
    people["method_since"][woman] = NEVER
    people["informed"][woman] = YES
    people["method_updated"][woman] = last_day(month)


def pregnant_now(linked: Linked, month: int) -> Int:
    """Women first seen pregnant in the month, on record."""
    records = linked["pregnancies"]
    rows = (records["seen"] >= first_day(month)) & (records["seen"] <= last_day(month))
    rows &= records["registered"] != NEVER
    woman = records["woman"][rows]
    people = linked.life.people
    woman = woman[woman < people.count]
    return woman[people["status"][woman] == p.REGISTERED]
