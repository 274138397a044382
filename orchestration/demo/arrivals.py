"""When a record comes to the warehouse, and what its last file knew: the rhythm and the mode of every register."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from orchestration.demo import layout
from orchestration.demo.definitions import definitions
from orchestration.demo.months import (
    NEVER,
    NO_DAY,
    Bool,
    Int,
    last_day,
    month_numbers,
    month_of_year,
)
from orchestration.demo.truth import Run


def months_of(days: Int) -> Int:
    """Month number of each day; NEVER for what never happens."""
    happens = (days != NEVER) & (days != NO_DAY)
    return np.where(happens, month_numbers(np.where(happens, days, 0)), NEVER).astype(np.int32)


def _policy_year(months: Int) -> npt.NDArray[np.int64]:
    """A number of the policy year, October to September, in which each month lies."""
    return (months.astype(np.int64) + 3) // 12


def deliveries(register: str, run: Run) -> Int:
    """The months of the run in which a register is delivered."""
    return np.array(
        [m for m in range(run.first, run.last + 1) if layout.due(register, month_of_year(m))], dtype=np.int32
    )


@dataclass(frozen=True)
class Arrival:
    """Of each record the month of its first file (NEVER: it is in none), and the last day that its last file knows."""

    first: Int
    until: Int

    def known(self, days: Int) -> Int:
        """The days that the last file of the record can tell; NEVER for later ones."""
        return np.where(days <= self.until, days, NEVER).astype(np.int32)

    def event(self, days: Int) -> Int:
        """Months of days of the records that arrive."""
        return np.where(self.first != NEVER, months_of(days), NEVER).astype(np.int32)

    def due(self, days: Int) -> tuple[Int, Int]:
        """Months, on both clocks, in which something falls due: not before the record is there, nor before its day."""
        month = self.event(days)
        return month, np.where(month != NEVER, np.maximum(self.first, month), NEVER).astype(np.int32)


def arrival(register: str, registered: Int, run: Run) -> Arrival:
    """Arrivals of records by the day that decides in which files they stand.

    A window file holds its policy year so far; any other holds all that happened up to its month.
    """
    months, at = deliveries(register, run), months_of(registered)
    if not len(months):
        return Arrival(np.full(len(at), NEVER, dtype=np.int32), np.full(len(at), NO_DAY, dtype=np.int32))
    place = np.searchsorted(months, at)
    comes = place < len(months)
    first, last = months[np.minimum(place, len(months) - 1)], np.full(len(at), months[-1])
    mode = definitions().registers[register].mode
    if mode == "window":
        comes = comes & (_policy_year(first) == _policy_year(at))
        last = months[np.searchsorted(_policy_year(months), _policy_year(at), side="right") - 1]
    elif mode == "append":
        last = first
    ends = np.array([last_day(month) for month in range(run.first, run.last + 1)], dtype=np.int32)
    until = np.where(comes, ends[np.clip(last - run.first, 0, len(ends) - 1)], NO_DAY)
    return Arrival(np.where(comes, first, NEVER).astype(np.int32), until.astype(np.int32))


def coverage(register: str, run: Run) -> tuple[Bool, Bool]:
    """Per month of the calendar: whether some delivery speaks for it, and whether it has one of its own.

    A window file speaks for its policy year so far, a standing register from its first delivery on, a yearly one for its
    calendar year, a quarterly or half-yearly one for the months of its span up to its own (decisions 0011, 0015).
    """
    kind, given = definitions().registers[register], deliveries(register, run)
    months = np.arange(run.window_first, run.last + 1, dtype=np.int32)[:, None]
    if kind.mode == "window":
        speaks = (_policy_year(given) == _policy_year(months)) & (given >= months)
    elif kind.frequency == "standing":
        speaks = given <= months
    elif kind.frequency == "yearly":
        speaks = given // 12 == months // 12
    else:
        span = {"quarterly": 3, "half_yearly": 6}.get(kind.frequency, 1)
        speaks = (given >= months) & (given <= months + (-1 - months) % span)
    return np.asarray(speaks.any(axis=1)), np.asarray((given == months).any(axis=1))


@dataclass
class Hits:
    """Rows that faults struck: records by register, and of what stands at a month's end the areas of its rows."""

    records: dict[str, set[int]] = field(default_factory=dict)
    places: dict[tuple[str, int], list[Int]] = field(default_factory=dict)

    def note(self, register: str, records: Int) -> None:
        """These records of a register may be missing, late or wrong."""
        self.records.setdefault(register, set()).update(records.tolist())

    def mask(self, register: str, size: int) -> Bool:
        """Which of the first ``size`` records are struck."""
        struck = np.zeros(size, dtype=np.bool_)
        known = [record for record in self.records.get(register, ()) if record < size]
        struck[known] = True
        return struck
