"""Faults of a whole file that a gate can only see beside other months, other registers or the area register.

Each row of such a file is good by itself. The right file comes as _1, so that the truth of the city does not suffer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.identifiers import make_identifiers
from orchestration.demo.life import Life
from orchestration.demo.months import Bool, day_number
from orchestration.demo.registers import Frame
from orchestration.demo.text import Cells, Coded, Fixed, Labels

MISSING_SHARE, STRANGE_SHARE, OTHER_SHARE, VILLAGE_SHARE, DISAGREEING_SHARE, SWOLLEN_SHARE = (
    0.9,
    0.3,
    0.6,
    0.25,
    0.2,
    0.5,
)
NOBODY_PREFIX, NOBODY_BORN = 995000, day_number(date(1960, 1, 1))  # identifiers of persons who are on no register


@dataclass(frozen=True)
class Spot:
    """Where a file is spoiled: its frame, the column (or an empty text), the city's life, a stream of its own."""

    frame: Frame
    column: str
    life: Life
    rng: np.random.Generator

    def some(self, share: float) -> Bool:
        """Such a share of the rows."""
        return self.rng.random(len(self.frame)) < share

    def texts(self, column: str) -> list[str]:
        """The plain texts of a coded column."""
        cells = self.frame.columns[column]
        if not isinstance(cells, Coded):
            raise TypeError(f"{column} is not a coded column")
        return [cells.labels.texts[code] for code in cells.codes.tolist()]

    def identifiers(self) -> np.ndarray:
        """The identifiers of the column."""
        cells = self.frame.columns[self.column]
        if not isinstance(cells, Fixed):
            raise TypeError(f"{self.column} holds no identifiers")
        return cells.data.copy()

    def with_cells(self, cells: Cells) -> Frame:
        """The frame with other cells in the column."""
        return replace(self.frame, columns=self.frame.columns | {self.column: cells})

    def again(self, rows: np.ndarray, times: int) -> Frame:
        """The frame with these rows so many times more, each time under numbers of their own."""
        size = len(self.frame)
        longer = self.frame.take(np.concatenate([np.arange(size), np.tile(rows, times)]))
        turn = np.concatenate([np.zeros(size, dtype=np.int32), np.repeat(np.arange(1, times + 1), len(rows))])
        numbers = replace(self, frame=longer).texts(self.column)
        own = [f"{text}-{n + 1}" if n else text for text, n in zip(numbers, turn.tolist(), strict=True)]
        number = Coded(Labels(own), np.arange(len(own)))
        return replace(longer, columns=longer.columns | {self.column: number}, new=longer.new & (turn == 0))


def _month_missing(spot: Spot) -> Frame:
    """Most of what is new is not there."""
    return spot.frame.take(np.flatnonzero(~(spot.frame.new & spot.some(MISSING_SHARE))))


def _month_repeated(spot: Spot) -> Frame:
    """What is new stands there three times."""
    return spot.again(np.flatnonzero(spot.frame.new), 2)


def _other_mothers(spot: Spot) -> Frame:
    """Children under the names of each other's mothers."""
    data, rows = spot.identifiers(), np.flatnonzero(spot.some(OTHER_SHARE))
    data[rows] = np.roll(data[rows], max(len(rows) // 2, 1))
    return spot.with_cells(Fixed(data))


def _strangers(spot: Spot) -> Frame:
    """Persons who are on no register; their identifiers are well-formed."""
    data, rows = spot.identifiers(), np.flatnonzero(spot.some(STRANGE_SHARE))
    size = len(rows)
    prefix = np.full(size, NOBODY_PREFIX + spot.frame.county, dtype=np.int32)
    born = (NOBODY_BORN + np.arange(size) % 12_000).astype(np.int32)
    data[rows] = make_identifiers(prefix, born, np.zeros(size, dtype=np.bool_))
    return spot.with_cells(Fixed(data))


def _other_persons(spot: Spot) -> Frame:
    """Persons of the county who are alive and never married, in the place of those whom the event befell."""
    people, data = spot.life.people, spot.identifiers()
    here = people["living"] & (spot.life.city.county_of[people["village"]] == spot.frame.county)
    single = here & (people["status"] == p.REGISTERED) & (people["marital"] == p.NEVER_MARRIED)
    earliest = np.min(spot.frame.days(_DAY[spot.frame.register]))
    candidates = np.flatnonzero(single & (people["registered"] < earliest))
    rows = np.flatnonzero(spot.some(OTHER_SHARE))[: len(candidates)]
    data[rows] = people["identifier"][spot.rng.choice(candidates, size=len(rows), replace=False)]
    return spot.with_cells(Fixed(data))


_DAY = {"marriages": "event_date", "deaths": "death_date"}


def _dangling_reference(spot: Spot) -> Frame:
    """References to numbers that nobody has."""
    texts, struck = spot.texts(spot.column), spot.some(STRANGE_SHARE)
    last = 7 if spot.column == "pregnancy_no" else 2
    changed = [
        f"{text[:-last]}9{number % 10 ** (last - 1):0{last - 1}d}" if text and bad else text
        for number, (text, bad) in enumerate(zip(texts, struck.tolist(), strict=True))
    ]
    return spot.with_cells(Coded(Labels(changed), np.arange(len(changed))))


def _villages_missing(spot: Spot) -> Frame:
    """Some villages have not reported."""
    villages = [spot.life.city.villages[number] for number in spot.life.city.villages_of(spot.frame.county)]
    silent = set(spot.rng.choice(villages, size=max(1, round(len(villages) * VILLAGE_SHARE)), replace=False).tolist())
    kept = [row for row, area in enumerate(spot.texts("area")) if area not in silent]
    return spot.frame.take(np.array(kept, dtype=np.int32))


def _inaccurate_checks(spot: Spot) -> Frame:
    """Fields that disagree with what the household says."""
    told = [
        "否" if bad else text for text, bad in zip(spot.texts(spot.column), spot.some(DISAGREEING_SHARE), strict=True)
    ]
    return spot.with_cells(Coded(Labels(told), np.arange(len(told))))


def _swollen_register(spot: Spot) -> Frame:
    """Half of the rows a second time under other numbers."""
    return spot.again(np.flatnonzero(spot.some(SWOLLEN_SHARE)), 1)


WHOLE_KINDS: dict[str, Callable[[Spot], Frame]] = {
    "month_missing": _month_missing,
    "month_repeated": _month_repeated,
    "other_mothers": _other_mothers,
    "strangers": _strangers,
    "other_persons": _other_persons,
    "dangling_reference": _dangling_reference,
    "villages_missing": _villages_missing,
    "inaccurate_checks": _inaccurate_checks,
    "swollen_register": _swollen_register,
}
