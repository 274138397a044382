"""The truth beside the inbox: true counts, injected faults, the list of files. Only tests may read it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from orchestration.demo import people as p
from orchestration.demo.life import Life
from orchestration.demo.months import (
    NEVER,
    Bool,
    Int,
    completed_years,
    first_day,
    last_day,
    month_label,
    month_numbers,
)
from orchestration.demo.records import Records

AGE_GROUPS = tuple(f"{age}-{age + 4}" for age in range(15, 50, 5))
TIMELY_DAYS = 30


class CsvLog:
    """A CSV file that grows under a hidden name and appears when it is whole."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self._path, self._hidden = path, path.with_name(f".{path.name}.part")
        self._out: TextIO = self._hidden.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._out, lineterminator="\n")
        self._writer.writerow(header)
        self.rows = 0

    def add(self, *values: object) -> None:
        """Append a row."""
        self._writer.writerow(values)
        self.rows += 1

    def close(self) -> None:
        """Move the file into place."""
        self._out.close()
        self._hidden.replace(self._path)


class Landed:
    """What a faultless landing would hold of a register: first month and area of each record."""

    def __init__(self) -> None:
        self.month = np.zeros(0, dtype=np.int32)
        self.elsewhere: dict[int, str] = {}

    def note(self, records: Int, month: int, size: int) -> None:
        """These records stood, good, in a file that was not held; ``size``: records known so far."""
        if size > len(self.month):
            self.month = np.concatenate([self.month, np.full(size - len(self.month), NEVER, dtype=np.int32)])
        self.month[records] = np.minimum(self.month[records], month)


def birth_masks(births: Records) -> dict[str, Bool]:
    """Which births count for each measure."""
    parity, male, within = births["parity"], births["male"].astype(bool), births["in_policy"].astype(bool)
    masks: dict[str, Bool] = {
        "births": np.ones(len(births), dtype=np.bool_),
        "births_male": male,
        "births_female": ~male,
    }
    for name, chosen in (("p1", parity == 1), ("p2", parity == 2), ("p3plus", parity >= 3)):
        masks[f"births_{name}_male"], masks[f"births_{name}_female"] = chosen & male, chosen & ~male
    masks["births_in_policy"] = within
    masks["births_2plus"] = parity >= 2
    masks["births_2plus_in_policy"] = (parity >= 2) & within
    masks["births_3plus_out_of_policy"] = (parity >= 3) & ~within
    waited = births["registered"].astype(np.int64) - births["day"]
    masks["births_registered_timely"] = (births["registered"] != NEVER) & (waited <= TIMELY_DAYS)
    return masks


@dataclass(frozen=True)
class Run:
    """Month numbers: the first and last snapshot, and where the first policy year begins."""

    first: int
    last: int
    window_first: int


@dataclass(frozen=True)
class View:
    """One way to count records: the month of each (NEVER: not counted) and its area code."""

    basis: str
    clock: str
    month: Int
    area: npt.NDArray[np.str_]


class Counts:
    """truth/counts.csv: non-zero counts by basis, clock, month, village, measure and stratum."""

    HEADER = ("basis", "clock", "month", "area_code", "measure", "stratum", "value")

    def __init__(self, path: Path, villages: tuple[str, ...]) -> None:
        self._log = CsvLog(path, self.HEADER)
        self._villages = villages

    def stocks(self, life: Life, month: int) -> None:
        """Persons alive and not moved out on the register at the month's end, and women by age."""
        people, today = life.people, last_day(month)
        here = (people["entered"] <= today) & (people["status"] == p.REGISTERED)
        village = people["village"][here]
        self._stock(month, village, "population", "")
        women = here & ~people["male"]
        age = completed_years(people["birth"][women], today)
        village = people["village"][women]
        self._stock(month, village[(age >= 15) & (age < 50)], "women_15_49", "")
        for number, group in enumerate(AGE_GROUPS):
            self._stock(month, village[age // 5 == number + 3], "women_by_age", group)

    def _stock(self, month: int, village: Int, measure: str, stratum: str) -> None:
        totals = np.bincount(village, minlength=len(self._villages))
        for place in np.flatnonzero(totals).tolist():
            code, value = self._villages[place], int(totals[place])
            self._log.add("registered", "report", month_label(month), code, measure, stratum, value)

    def flows(self, life: Life, run: Run, landed: dict[str, Landed]) -> None:
        """Births and deaths: true, registered by the end, and as a faultless landing would hold them."""
        births = life.births
        masks = {(name, ""): mask for name, mask in birth_masks(births).items()}
        age = completed_years(births["mother_birth"], births["day"])
        masks |= {("births_by_age", group): age // 5 == number + 3 for number, group in enumerate(AGE_GROUPS)}
        deaths = {("deaths", ""): np.ones(len(life.deaths), dtype=np.bool_)}
        for records, wanted, name in ((births, masks, "births"), (life.deaths, deaths, "deaths")):
            for view in self._views(records, run, landed[name]):
                for (measure, stratum), mask in wanted.items():
                    self._flow(view, mask, measure, stratum)

    def _views(self, records: Records, run: Run, landed: Landed) -> Iterator[View]:
        happened = month_numbers(records["day"])
        registered = records["registered"]
        area = np.array(self._villages)[records["village"]]
        in_run = (happened >= run.window_first) & (happened <= run.last)
        yield View("true", "event", np.where(in_run, happened, NEVER), area)
        on_paper = (registered >= first_day(run.window_first)) & (registered <= last_day(run.last))
        yield View("registered", "event", np.where(on_paper, happened, NEVER), area)
        reported = np.maximum(month_numbers(np.where(on_paper, registered, 0)), run.first)
        yield View("registered", "report", np.where(on_paper, reported, NEVER), area)
        month = np.full(len(records), NEVER, dtype=np.int32)
        month[: len(landed.month)] = landed.month
        stands = area.copy()
        for record, code in landed.elsewhere.items():
            stands[record] = code
        yield View("landed", "event", np.where(month != NEVER, happened, NEVER), stands)
        yield View("landed", "report", month, stands)

    def _flow(self, view: View, mask: Bool, measure: str, stratum: str) -> None:
        chosen = mask & (view.month != NEVER)
        if not chosen.any():
            return
        codes, place = np.unique(view.area[chosen], return_inverse=True)
        key = view.month[chosen].astype(np.int64) * len(codes) + place
        keys, where = np.unique(key, return_inverse=True)
        values = np.bincount(where)
        for number, value in zip(keys.tolist(), values.tolist(), strict=True):
            label, code = month_label(number // len(codes)), str(codes[number % len(codes)])
            self._log.add(view.basis, view.clock, label, code, measure, stratum, value)

    def close(self) -> None:
        """Move the file into place."""
        self._log.close()
