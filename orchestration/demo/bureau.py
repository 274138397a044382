"""The statistics office's deliveries of a month, and what goes wrong with them: the right file then comes as _1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from orchestration.demo.deliver import Desk
from orchestration.demo.files import write_bytes
from orchestration.demo.months import month_label
from orchestration.demo.places import CITY, Area, City
from orchestration.demo.registry import OfficialPopulation, Sheet, areas_file

AREA_HEADER, SHEET_HEADER = 1, 2  # lines above the first row: a workbook has its title first
JUMP = 1.15


@dataclass(frozen=True)
class Struck:
    """A fault in one of these files: its row (None: the file as a whole), column, outcome and rule."""

    row: int | None
    column: str
    outcome: str
    rule: str


def ship_statistics(desk: Desk, official: OfficialPopulation, month: int, first_year: int) -> Iterator[str]:
    """Official population of every county, and the area register of the city; yields each one's name."""
    for county, code in enumerate(desk.life.city.counties):
        _ship_official(desk, official, county, month, first_year)
        yield f"official_population {code}"
    _ship_areas(desk, month)
    yield f"areas {CITY}"


def _put(desk: Desk, register: str, code: str, month: int, ending: str, content: tuple[bytes, int], again: int) -> str:
    """Write a file and list it; its name."""
    number = f"_{again}" if again else ""
    name = f"{register}_{code}_{month_label(month, '')}{number}.{ending}"
    desk.shipped.sizes[name] = write_bytes(desk.inbox / name, content[0])
    desk.shipped.rows += content[1]
    desk.files.add(name, register, code, month_label(month), again, content[1])
    return name


def _log(desk: Desk, name: str, kind: str, struck: Struck, header: int) -> None:
    line = "" if struck.row is None else struck.row + header + 1
    desk.faults.add(name, line, struck.column, kind, struck.outcome, struck.rule)


def _ship_official(desk: Desk, official: OfficialPopulation, county: int, month: int, first_year: int) -> None:
    code, dirt = desk.life.city.counties[county], desk.options.faults.legal_dirt
    kind = desk.plan.kind("official_population", county, month)
    again = 0
    if kind in OFFICIAL_KINDS:
        found: list[Struck] = []

        def edit(rows: Sheet) -> None:
            found.extend(OFFICIAL_KINDS[kind](rows, desk.life.city, county))

        wrong = official.file(county, month, first_year, dirt, edit)
        name = _put(desk, "official_population", code, month, "xlsx", wrong, 0)
        for struck in found:
            _log(desk, name, kind, struck, SHEET_HEADER)
        again = 1
    right = official.file(county, month, first_year, dirt)
    _put(desk, "official_population", code, month, "xlsx", right, again)


def _official_malformed(rows: Sheet, city: City, county: int) -> list[Struck]:
    rows[-1][2] = "约五万"
    return [Struck(len(rows) - 1, "mid_year_population", "quarantined", "not_a_number")]


def _official_elsewhere(rows: Sheet, city: City, county: int) -> list[Struck]:
    other = next(code for code in city.townships if not code.startswith(city.counties[county]))
    rows[-1][0] = f"{other}000"
    return [Struck(len(rows) - 1, "area", "quarantined", "area_outside_delivery")]


def _official_no_year(rows: Sheet, city: City, county: int) -> list[Struck]:
    rows[-1][1] = ""
    return [Struck(len(rows) - 1, "year", "quarantined", "missing_required")]


def _official_twice(rows: Sheet, city: City, county: int) -> list[Struck]:
    area, year, middle, end = rows[-1]
    rows.append([area, year, end, middle])
    return [Struck(len(rows) - 1, "area", "quarantined", "duplicate_key")]


def _official_jump(rows: Sheet, city: City, county: int) -> list[Struck]:
    middle = int(str(rows[-1][2]).replace(",", ""))  # int() reads full-width digits
    rows[-1][3] = round(middle * JUMP)
    return [Struck(len(rows) - 1, "year_end_population", "lands", "official_population_steady")]


def _strange_township(code: str, number: int) -> str:
    return f"{code[:6]}{900 + number:03d}000"


def _official_strange(rows: Sheet, city: City, county: int) -> list[Struck]:
    """One township under a code that the area register lacks."""
    rows[-1][0] = _strange_township(str(rows[-1][0]), 1)
    return [Struck(None, "area", "lands", "area_known")]


def _official_code_book(rows: Sheet, city: City, county: int) -> list[Struck]:
    """All townships under other codes."""
    for number, row in enumerate(rows):
        if str(row[0])[6:9] != "000":
            row[0] = _strange_township(str(row[0]), number)
    return [Struck(None, "area", "held", "area_mostly_known")]


def _official_empty(rows: Sheet, city: City, county: int) -> list[Struck]:
    rows.clear()
    return [Struck(None, "", "held", "rows")]


OFFICIAL_KINDS: dict[str, Callable[[Sheet, City, int], list[Struck]]] = {
    "official_malformed": _official_malformed,
    "official_elsewhere": _official_elsewhere,
    "official_no_year": _official_no_year,
    "official_twice": _official_twice,
    "official_jump": _official_jump,
    "unknown_villages": _official_strange,
    "other_code_book": _official_code_book,
    "empty_file": _official_empty,
}


def _ship_areas(desk: Desk, month: int) -> None:
    areas, seed, dirt = list(desk.life.city.areas), desk.options.seed, desk.options.faults.legal_dirt
    kind = desk.plan.kind("areas", 0, month)
    again = 0
    if kind in AREA_KINDS:
        wrong = list(areas)
        struck = AREA_KINDS[kind](wrong)
        name = _put(desk, "areas", CITY, month, "csv", areas_file(wrong, month, seed, dirt), 0)
        _log(desk, name, kind, struck, AREA_HEADER)
        again = 1
    _put(desk, "areas", CITY, month, "csv", areas_file(areas, month, seed, dirt), again)


def _parent_missing(areas: list[Area]) -> Struck:
    del areas[next(row for row, area in enumerate(areas) if area.level == "镇办")]
    return Struck(None, "area", "held", "areas_parent_known")


def _second_city(areas: list[Area]) -> Struck:
    areas.append(replace(areas[0], code="990199000000"))
    return Struck(None, "level", "held", "areas_one_city")


def _ends_early(areas: list[Area]) -> Struck:
    row = next(row for row, area in enumerate(areas) if area.closed is not None)
    areas[row] = replace(areas[row], closed=areas[row].opened - timedelta(days=30))
    return Struck(row, "valid_to", "quarantined", "ends_before_start")


AREA_KINDS: dict[str, Callable[[list[Area]], Struck]] = {
    "area_parent_missing": _parent_missing,
    "second_city": _second_city,
    "area_ends_early": _ends_early,
}
