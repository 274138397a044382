"""Every way out says the same of a cell: the publication's figures, protected as they are, and no others.

SDMX and PostgreSQL are compared where their clients are (test_clients.py, test_postgres.py).
"""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from city_run import LAST_MONTH, CityRun
from python_calamine import CalamineWorkbook

import renkou
from tests.site_kit import LETTERS, data_of, is_published, is_shown, of_clock, unpacked

Cell = tuple[Any, ...]
KEY = 'area_code, indicator, "window", clock, period_end::varchar'
FIGURES = (
    f"select {KEY}, numerator_shown, denominator_shown, value, low, high, status from indicator_values order by all"
)


@pytest.fixture(name="figures", scope="module")
def _figures(city: CityRun) -> list[Cell]:
    """What the analysts' door shows; some of it is withheld and some is not."""
    with renkou.connect(city.home) as marts:
        rows = marts.execute(FIGURES).fetchall()
    shown = {row[5] for row in rows}
    assert {"1-7", "0", "10", None} <= shown
    assert any(row[-1] == "suppressed" for row in rows)
    return rows


def test_parquet_says_what_the_door_says(city: CityRun, figures: list[Cell]) -> None:
    path = city.home / "published" / "parquet" / "indicator_values.parquet"
    assert duckdb.sql(FIGURES.replace("indicator_values", f"'{path}'")).fetchall() == figures


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_a_query_written_to_a_file_says_what_the_door_says(
    city: CityRun, figures: list[Cell], form: str, tmp_path: Path
) -> None:
    path = tmp_path / f"figures.{form}"
    city.renkou("sql", FIGURES, "--out", str(path))
    if form == "json":
        found = [tuple(row.values()) for row in json.loads(path.read_text(encoding="utf-8"))]
    elif form == "parquet":
        found = duckdb.sql(f"from '{path}'").fetchall()
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [[cell or None for cell in row] for row in list(csv.reader(file))[1:]]
        found = [(*row[:7], *(None if cell is None else float(cell) for cell in row[7:10]), row[10]) for row in cells]
    assert found == figures


def test_a_workbook_says_what_the_door_says(city: CityRun, tmp_path: Path) -> None:
    city.renkou("export", "--format", "xlsx", "--table", "birth_estimates", "--out", str(tmp_path))
    [sheet] = CalamineWorkbook.from_path(str(tmp_path / "birth_estimates.xlsx")).sheet_names
    head, *rows = (
        CalamineWorkbook.from_path(str(tmp_path / "birth_estimates.xlsx")).get_sheet_by_name(sheet).to_python()
    )
    places = [head.index(name) for name in ("area_code", "list_pair", "status", "births_unadjusted", "births_listed")]
    found = sorted(str([row[place] for place in places]) for row in rows)
    with renkou.connect(city.home) as marts:
        shown = marts.execute(
            "select area_code, list_pair, status, births_unadjusted, births_listed from birth_estimates"
        ).fetchall()
    assert found == sorted(str(["" if cell is None else cell for cell in row]) for row in shown)
    assert any(row[2] == "suppressed" and row[-2] is None for row in shown)


def test_the_pages_draw_what_the_door_says(city: CityRun, figures: list[Cell]) -> None:
    """Counts as shown, values to the decimals that are shown, a letter for the status: every level and window that is shown."""
    site = city.home / "published" / "site"
    base = data_of(site, "base")
    places = {area[0]: number for number, area in enumerate(base["areas"])}
    with renkou.connect(city.home) as marts:
        levels = dict(marts.execute("select area_code, area_level from dim_area").fetchall())
    read = cache(lambda name: data_of(site, name))
    drawn = dict.fromkeys(("city", "county", "township", "village"), 0)
    for area, indicator, window, clock, day, n, d, *numbers, status in figures:
        level, month = levels[area], day[:7]
        if not is_published(level, window, month):
            continue
        if level == "village":
            villages = read(f"villages-{area[:6]}")
            if villages["ends"].get(window) != month:
                continue
            at, size = [row[0] for row in villages["areas"]].index(area), len(villages["areas"])
            both = villages["values"][window][indicator]
        else:
            at, size = base["ends"][window].index(month), len(base["ends"][window])
            both = read(f"indicator-{indicator}")["series"][window][str(places[area])]
        found = [column[at] for column in unpacked(of_clock(both, clock), size)]
        assert all(is_shown(text, number, indicator) for text, number in zip(found, numbers, strict=False)), (area, day)
        assert found[3:] == [n or "", d or "", LETTERS[status]], (area, indicator, window, clock, day)
        drawn[level] += 1
    assert all(count > 1000 for count in drawn.values()), drawn


def test_the_terminal_assesses_what_the_door_says(city: CityRun, figures: list[Cell]) -> None:
    shown = {row[:5]: row for row in figures}
    items = city.json("assess", "--scheme", "ankang_county_2014", "--period", LAST_MONTH)
    assert len({item["area_code"] for item in items}) > 5
    for item in items:
        row = shown.get((item["area_code"], item["indicator"], item["window"], "report", f"{LAST_MONTH}-30"))
        if row is not None and item["reason"] not in ("not_due", "indicator_not_live"):
            assert (item["value"], item["low"], item["high"]) == row[7:10]
