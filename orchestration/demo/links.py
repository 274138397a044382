"""The truth of measures that link records of several registers: births on other lists, ends of pregnancies, services due.

Records belong together by person and day, as decision 0018 defines each link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from orchestration.demo import procedures, services
from orchestration.demo.arrivals import Arrival, months_of
from orchestration.demo.book import Flow
from orchestration.demo.definitions import definitions
from orchestration.demo.ground import Float
from orchestration.demo.months import NEVER, Bool, Int, first_day, last_day
from orchestration.demo.pregnancies import TERM_DAYS
from orchestration.demo.records import Records
from orchestration.demo.sight import Sight

SAME_BIRTH_DAYS = 3
BEGAN_BEFORE = (20, 310)  # days from a pregnancy's last period to its end
OUTCOME_DAYS = 42
BEFORE_EVENT, AFTER_MARRIAGE, AFTER_SEEN = 180, 90, 30
MOTHERS = {"p1plus_": 1, "p2plus_": 2}
Measured = Iterator[Flow]


def _least(values: Int, starts: npt.NDArray[np.intp], chosen: Bool) -> Int:
    """The least chosen value of each group; NEVER for a group without one."""
    return np.minimum.reduceat(np.where(chosen, values, NEVER), starts).astype(np.int32)


@dataclass(frozen=True)
class _Lists:
    """All records of births on four lists, those of a mother in a row; ``of`` says which list (0: the register)."""

    mother: Int
    day: Int
    place: Int
    first: Int
    hit: Bool
    of: Int

    @classmethod
    def of_sight(cls, sight: Sight) -> _Lists:
        """Those that reach the warehouse, by mother and day."""
        linked = sight.linked
        lists = (
            ("births", linked.life.births), ("birth_certificates", linked.life.certificates),
            ("vaccinations", linked["vaccinations"]), ("household_entries", linked["household_entries"]),
        )  # fmt: skip
        columns = [
            (records["mother"], records["day"], records["village"], sight.arrival(register, records).first,
             sight.hits.mask(register, len(records)), np.full(len(records), number))
            for number, (register, records) in enumerate(lists)
        ]  # fmt: skip
        whole = [np.concatenate(column) for column in zip(*columns, strict=True)]
        there = np.flatnonzero(whole[3] != NEVER)
        order = there[np.lexsort((whole[1][there], whole[0][there]))]
        return cls(*(column[order] for column in whole))


def births_on_lists(sight: Sight) -> Measured:
    """Confinements that another list knows: as many births as the list that knows most of them says."""
    lists = _Lists.of_sight(sight)
    new = (np.diff(lists.mother, prepend=-1) != 0) | (np.diff(lists.day, prepend=-(10**6)) > SAME_BIRTH_DAYS)
    starts = np.flatnonzero(new)
    if not len(starts):
        return  # reduceat wants a group
    on = [np.add.reduceat((lists.of == number).astype(np.int64), starts) for number in range(4)]
    evidenced = np.maximum.reduce(on[1:])
    place, day = np.full(len(starts), NEVER), _least(lists.day, starts, lists.of == 0)
    for number in range(4):
        place = np.where(place == NEVER, _least(lists.place, starts, lists.of == number), place)
    day = np.where(day == NEVER, _least(lists.day, starts, lists.of >= 0), day)
    report = _least(lists.first, starts, lists.of > 0)
    struck = np.maximum.reduceat(lists.hit, starts)
    known = evidenced > 0
    group = np.cumsum(new) - 1
    # without its own record a birth counts on the day, and in the village, of another list
    anywhere = Flow("", months_of(lists.day), report[group], lists.place, struck[group], evidenced[group])
    doubted = anywhere.among("", struck[group] & known[group])
    every = Flow("", months_of(day.astype(np.int32)), report, np.where(known, place, 0), struck, evidenced)
    yield replace(every.among("births_evidenced", known), doubted=doubted)
    both = replace(every, weight=np.minimum(evidenced, on[0]))
    yield replace(both.among("births_matched", known), doubted=doubted)


@dataclass(frozen=True)
class Pregnant:
    """The pregnancies as their register has them at the end of the run (decision 0018: it is delivered whole)."""

    records: Records
    came: Arrival
    report: Int
    ended: Int  # day of the outcome on record; NEVER
    told: Int  # month in which the outcome counts on the report clock

    @classmethod
    def of_sight(cls, sight: Sight) -> Pregnant:
        """What stood in the first delivery had been known before: it counts in the month of its own day."""
        records = sight.linked["pregnancies"]
        came, start = sight.arrival("pregnancies", records), sight.run.first
        report = np.where(came.first == start, np.minimum(came.first, months_of(records["registered"])), came.first)
        recorded = came.known(records["recorded"])
        ended = np.where((came.first != NEVER) & (recorded != NEVER), records["ended"], NEVER)
        month = np.where(ended != NEVER, np.maximum(months_of(recorded), came.first), NEVER)
        told = np.where((ended != NEVER) & (month <= start), np.minimum(start, months_of(ended)), month)
        return cls(records, came, report.astype(np.int32), ended.astype(np.int32), told.astype(np.int32))


def pregnancies(sight: Sight) -> Measured:
    """Pregnancies on record, whether their outcome is, and whether they were before their end."""
    known = Pregnant.of_sight(sight)
    records = known.records
    every = replace(sight.flow("pregnancies", records, known.came, records["seen"]), report=known.report)
    yield every.among("pregnancies_registered", known.came.first != NEVER)
    yield every.among("pregnancies_registered_first_trimester", (records["seen"] - records["lmp"]) // 7 <= 12)
    month = known.came.event(records["lmp"] + TERM_DAYS + OUTCOME_DAYS)
    late = np.where(month != NEVER, np.maximum(month, known.report), NEVER)
    due = replace(every, event=month, report=late)
    yield due.among("pregnancies_outcome_due", month != NEVER)
    yield due.among("pregnancies_outcome_unrecorded", known.told > late)
    yield from _ended(sight, known)


@dataclass
class _End:
    """The end of a pregnancy as births and terminations tell it."""

    day: int
    village: int
    report: int
    hit: bool


def _evidence(sight: Sight) -> dict[tuple[int, int], _End]:
    """Births and terminations by woman and day; children born together are one."""
    births, done = sight.linked.life.births, sight.linked["procedures"]
    ending = np.isin(done["kind"], (procedures.ABORTION, procedures.INDUCTION))
    found: dict[tuple[int, int], _End] = {}
    for register, records, woman, chosen in (
        ("births", births, births["mother"], np.ones(len(births), dtype=np.bool_)),
        ("procedures", done, done["person"], ending),
    ):
        first, hit = sight.arrival(register, records).first, sight.hits.mask(register, len(records))
        for row in np.flatnonzero(chosen & (first != NEVER)).tolist():
            key, village = (int(woman[row]), int(records["day"][row])), int(records["village"][row])
            end = found.setdefault(key, _End(key[1], village, int(first[row]), False))
            end.village, end.report = min(end.village, village), min(end.report, int(first[row]))
            end.hit |= bool(hit[row])
    return found


def _ended(sight: Sight, known: Pregnant) -> Measured:
    """Each end once: of the woman's latest pregnancy that began early enough, or of one that was never on record."""
    records, there = known.records, known.came.first != NEVER
    of_woman: dict[int, list[int]] = {}
    for row in np.lexsort((np.arange(len(records)), records["registered"], -records["lmp"].astype(np.int64))).tolist():
        if there[row]:
            of_woman.setdefault(int(records["woman"][row]), []).append(row)
    ended, report, struck = known.ended.copy(), known.told.copy(), sight.hits.mask("pregnancies", len(records))
    shown: dict[int, _End] = {}
    alone: list[_End] = []
    for (woman, day), end in _evidence(sight).items():
        low, high = day - BEGAN_BEFORE[1], day - BEGAN_BEFORE[0]
        row = next((at for at in of_woman.get(woman, ()) if low <= records["lmp"][at] <= high), None)
        if row is None:
            alone.append(end)
            continue
        one = shown.setdefault(row, end)
        shown[row] = _End(min(one.day, day), one.village, min(one.report, end.report), one.hit or end.hit)
    for row, end in shown.items():
        ended[row], report[row] = end.day, min(int(report[row]), end.report)
        struck[row] |= end.hit
    every = Flow("", months_of(ended), report, records["village"], struck)
    yield every.among("pregnancies_evidenced", ended != NEVER)
    yield every.among("pregnancies_registered_before_outcome", (ended != NEVER) & (records["registered"] < ended))
    columns = [np.array([getattr(end, name) for end in alone]) for name in ("day", "report", "village", "hit")]
    yield Flow(
        "pregnancies_evidenced", months_of(columns[0].astype(np.int32)), columns[1].astype(np.int32),
        columns[2].astype(np.int32), columns[3].astype(np.bool_),
    )  # fmt: skip


def followed_up(sight: Sight) -> Iterator[tuple[str, Float, Float]]:
    """Measure, values and doubts by month and area: pregnancies under way with visits due, and with all of them made."""
    known, visits = Pregnant.of_sight(sight), sight.linked["pregnancy_visits"]
    records, run = known.records, sight.run
    until = np.where(known.ended != NEVER, known.ended, records["lmp"] + TERM_DAYS)
    delivered = sight.arrival("pregnancy_visits", visits).first != NEVER
    struck = sight.hits.mask("pregnancies", len(records))
    struck[visits["pregnancy"][sight.hits.mask("pregnancy_visits", len(visits))]] = True
    spans = []
    for low, high in definitions().visit_days:
        opens, due_on = records["lmp"] + low, records["lmp"] + high
        due = (known.came.first != NEVER) & (opens >= first_day(run.window_first)) & (records["registered"] <= opens)
        of, day = visits["pregnancy"][delivered], visits["registered"][delivered]
        made = np.zeros(len(records), dtype=np.bool_)
        made[of[(day >= opens[of]) & (day <= due_on[of])]] = True
        spans.append((due & (due_on < until), due_on, made))
    grids = {name: np.zeros((run.last - run.window_first + 1, len(sight.ground), 2)) for name in FOLLOW_UP}
    for at in range(run.last - run.window_first + 1):
        today = last_day(run.window_first + at)
        owed = sum((due & (due_on <= today)).astype(np.int64) for due, due_on, _ in spans)
        paid = sum((due & (due_on <= today) & made).astype(np.int64) for due, due_on, made in spans)
        open_now = until > today
        for name, (children, complete) in FOLLOW_UP.items():
            mothers = open_now & (records["before"] >= children)
            counted = mothers & (owed > 0) & ((owed == paid) | (not complete))
            for part, chosen in enumerate((counted, mothers & struck)):
                grids[name][at, :, part] = np.bincount(records["village"][chosen], minlength=len(sight.ground))
    for name, grid in grids.items():
        yield name, grid[:, :, 0], grid[:, :, 1]


FOLLOW_UP = {
    f"pregnancies_{mothers}followup_{what}": (children, what == "complete")
    for mothers, children in {"": 0, **MOTHERS}.items()
    for what in ("due", "complete")
}


class _Checks:
    """Days of free checks of some kinds by identifier, and who has a struck one."""

    def __init__(self, sight: Sight, kinds: Iterable[int]) -> None:
        made = sight.linked["health_checks"]
        of = sight.linked.life.people["identifier"][made["person"]]
        there = np.isin(made["kind"], list(kinds)) & (sight.arrival("health_checks", made).first != NEVER)
        self.days: dict[bytes, list[int]] = {}
        for who, day in zip(of[there].tolist(), made["registered"][there].tolist(), strict=True):
            self.days.setdefault(who, []).append(day)
        self.struck = set(of[sight.hits.mask("health_checks", len(made))].tolist())

    def given(self, who: npt.NDArray[np.bytes_], low: Int, high: Int) -> Bool:
        """Whether each had one between two days."""
        rows = zip(who.tolist(), low.tolist(), high.tolist(), strict=True)
        return np.array([any(a <= day <= b for day in self.days.get(one, ())) for one, a, b in rows], dtype=np.bool_)

    def doubtful(self, who: npt.NDArray[np.bytes_]) -> Bool:
        """Whether each has a struck check."""
        return np.array([one in self.struck for one in who.tolist()], dtype=np.bool_)


def services_due(sight: Sight) -> Measured:
    """Free services by the day by which they are due, and those given by then."""
    couples, given_couple = _couples(sight)
    known, given_known = _prevention(sight)
    done = sight.linked["procedures"]
    came = sight.arrival("procedures", done)
    asked = sight.flow("procedures", done, came, done["day"])
    asked = replace(asked, event=came.due(done["due"])[0], report=came.due(done["due"])[1])
    in_time = done["day"] <= done["due"]
    for flow, name in ((couples, "prepregnancy_eligible"), (known, "defect_prevention_eligible")):
        yield flow.among(name, np.ones(len(flow.event), dtype=np.bool_))
    yield couples.among("prepregnancy_checked", given_couple)
    yield known.among("defect_prevention_covered", given_known)
    for flow, given in ((asked, in_time), (couples, given_couple), (known, given_known)):
        yield flow.among("resident_eligible", np.ones(len(flow.event), dtype=np.bool_))
        yield flow.among("resident_free_served", given)


def _couples(sight: Sight) -> tuple[Flow, Bool]:
    """Marriages by the 90th day after them, and whether either of the two was checked."""
    wed = sight.linked["marriages"]
    came, checks = sight.arrival("marriages", wed), _Checks(sight, (services.PREPREGNANCY,))
    day = wed["registered"]
    months = came.due(day + AFTER_MARRIAGE)
    low, high = day - BEFORE_EVENT, day + AFTER_MARRIAGE
    given = checks.given(wed["man"], low, high) | checks.given(wed["woman"], low, high)
    hit = sight.hits.mask("marriages", len(wed)) | checks.doubtful(wed["man"]) | checks.doubtful(wed["woman"])
    return Flow("", *months, wed["village"], hit).among("", ~wed["divorce"]), given[~wed["divorce"]]


def _prevention(sight: Sight) -> tuple[Flow, Bool]:
    """Pregnancies by the 30th day after they were first known, and whether the woman had a primary prevention."""
    known = Pregnant.of_sight(sight)
    records = known.records
    rows = (known.came.first != NEVER) & (records["seen"] >= first_day(sight.run.window_first))
    seen, people = records["seen"], sight.linked.life.people
    month = known.came.event(seen + AFTER_SEEN)
    report = np.where(month != NEVER, np.maximum(month, known.report), NEVER)
    who = people["identifier"][np.minimum(records["woman"], people.count - 1)]
    checks = _Checks(sight, (services.FOLIC_ACID, services.DEFECTS))
    hit = sight.hits.mask("pregnancies", len(records)) | checks.doubtful(who)
    given = checks.given(who, records["lmp"] - BEFORE_EVENT, seen + AFTER_SEEN)
    return Flow("", month, report, records["village"], hit).among("", rows), given[rows]
