"""The statistics office's own registers: areas, and the official population."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.files import BOM, workbook
from orchestration.demo.life import Life
from orchestration.demo.months import Int, month_label
from orchestration.demo.places import Area
from orchestration.demo.registers import COLUMNS
from orchestration.demo.schedules import schedules
from orchestration.demo.streams import stream

Sheet = list[list[str | int]]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def _area_row(area: Area) -> list[object]:
    closed = area.closed.isoformat() if area.closed else ""
    return [area.code, area.zh, area.en, area.level, area.opened.isoformat(), closed, area.successor or ""]


def _csv_text(header: list[str], rows: list[list[object]]) -> str:
    """Rows as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def areas_file(areas: Sequence[Area], month: int, seed: int, dirt: float) -> tuple[bytes, int]:
    """The area register of the city (UTF-8, with a byte order mark now and then) and its number of rows."""
    rows = [_area_row(area) for area in areas]
    mark = BOM if dirt and stream(seed, "areas", month).random() < 0.3 else b""
    return mark + _csv_text(list(COLUMNS["areas"].values()), rows).encode(), len(rows)


class OfficialPopulation:
    """Official figures by township and year; the register covers about 97 to 104 % of them."""

    def __init__(self, life: Life, base_year: int, seed: int) -> None:
        table, city = schedules().official, life.city
        here = life.people["living"] & (life.people["status"] == p.REGISTERED)
        persons = np.bincount(city.township_of[life.people["village"][here]], minlength=len(city.townships))
        rng = stream(seed, "official")
        self._base = persons / rng.uniform(table.coverage_low, table.coverage_high, len(city.townships))
        self._city, self._year, self._growth, self._seed = city, base_year, table.growth_per_year, seed

    def figures(self, county: int, year: int) -> list[tuple[str, int, int]]:
        """(area code, mid-year, year-end) of a county and its townships."""
        code = self._city.counties[county]
        numbers = [at for at, township in enumerate(self._city.townships) if township.startswith(code)]
        middle = self._grown(numbers, year - self._year)
        end = self._grown(numbers, year - self._year + 0.5)
        townships = [
            (f"{self._city.townships[at]}000", int(a), int(b)) for at, a, b in zip(numbers, middle, end, strict=True)
        ]
        return [(f"{code}000000", int(middle.sum()), int(end.sum())), *townships]

    def _grown(self, townships: list[int], years: float) -> Int:
        grown = np.rint(self._base[townships] * (1 + self._growth) ** years)
        return np.asarray(grown, dtype=np.int32)

    def file(
        self, county: int, month: int, first_year: int, dirt: float, edit: Callable[[Sheet], None] = lambda rows: None
    ) -> tuple[bytes, int]:
        """The workbook of a county, every year from ``first_year`` to the month's own; its number of rows.

        ``edit`` may spoil the rows before they are written.
        """
        rng = stream(self._seed, "official-dirt", county, month)
        rows: Sheet = []
        for year in range(first_year, 1970 + month // 12 + 1):
            for code, middle, end in self.figures(county, year):
                rows.append([code, year, _shown(middle, dirt, rng), _shown(end, dirt, rng)])
        edit(rows)
        name = next(area.zh for area in self._city.areas if area.code[:6] == self._city.counties[county])
        title = f"{name}统计口径人口（{month_label(month)}）"
        return workbook(title, list(COLUMNS["official_population"].values()), rows), len(rows)


def _shown(value: int, dirt: float, rng: np.random.Generator) -> str | int:
    """A number, or a text with thousands separators or full-width digits."""
    draw = rng.random()
    if not dirt or draw > 0.25:
        return value
    return f"{value:,}" if draw > 0.05 else str(value).translate(FULL_WIDTH)
