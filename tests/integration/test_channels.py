"""Every way out says the same of a cell: the publication's figures, protected as they are, and no others.

SDMX and PostgreSQL are compared where their clients are (test_clients.py, test_postgres.py).
"""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from city_run import LAST_MONTH, CityRun
from orchestration.site.payload import CLOCKS, LETTERS, WINDOWS
from python_calamine import CalamineWorkbook

import renkou
from orchestration.site.figures import compact, count

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
    city.renkou("export", "--format", "xlsx", "--table", "measure_revisions", "--out", str(tmp_path))
    [sheet] = CalamineWorkbook.from_path(str(tmp_path / "measure_revisions.xlsx")).sheet_names
    head, *rows = (
        CalamineWorkbook.from_path(str(tmp_path / "measure_revisions.xlsx")).get_sheet_by_name(sheet).to_python()
    )
    places = [head.index(name) for name in ("area_code", "measure", "change", "records_added", "records_added_shown")]
    found = sorted(str([row[place] for place in places]) for row in rows)
    with renkou.connect(city.home) as marts:
        shown = marts.execute(
            "select area_code, measure, change, records_added, records_added_shown from measure_revisions"
        ).fetchall()
    assert found == sorted(str(["" if cell is None else cell for cell in row]) for row in shown)
    assert any(row[-1] == "1-7" and row[-2] is None for row in shown)


def test_the_page_draws_what_the_door_says(city: CityRun, figures: list[Cell]) -> None:
    """Counts as shown, values to three decimals, a letter for the status: of city, counties and townships."""
    script = (city.home / "published" / "site" / "assets" / "data.js").read_text(encoding="utf-8")
    data = json.loads(script[script.index("{") : script.rindex("}") + 1])
    shown = {(row[0], row[1], row[2], row[3], row[4][:7]): row for row in figures}
    drawn = 0
    for key, areas in data["trends"].items():
        indicator, window, clock = key.split("|")
        for area, (values, lows, highs, numerators, denominators, statuses) in zip(data["areas"], areas, strict=True):
            for at, month in enumerate(data["months"]):
                row = shown.get((area[0], indicator, window, clock, month))
                if row is None:
                    assert statuses[at] == "-"
                    continue
                drawn += 1
                found = (numerators[at], denominators[at], values[at], lows[at], highs[at], statuses[at])
                numbers = (compact(row[7]), compact(row[8]), compact(row[9]))
                assert found == (count(row[5]), count(row[6]), *numbers, LETTERS[row[10]])
    upper = {area[0] for area in data["areas"]}
    assert drawn == sum(row[0] in upper and row[2] in WINDOWS and row[3] in CLOCKS for row in figures)
    for key, (values, _, _, numerators, denominators, statuses, _) in data["towns"].items():
        indicator, window, clock = key.split("|")
        for at, area in enumerate(data["townships"]):
            row = shown[area[0], indicator, window, clock, LAST_MONTH]
            found = (numerators[at], denominators[at], values[at], statuses[at])
            assert found == (count(row[5]), count(row[6]), compact(row[7]), LETTERS[row[10]])


def test_the_terminal_assesses_what_the_door_says(city: CityRun, figures: list[Cell]) -> None:
    shown = {row[:5]: row for row in figures}
    items = city.json("assess", "--scheme", "ankang_county_2014", "--period", LAST_MONTH)
    assert len({item["area_code"] for item in items}) > 5
    for item in items:
        row = shown.get((item["area_code"], item["indicator"], item["window"], "report", f"{LAST_MONTH}-30"))
        if row is not None and item["reason"] not in ("not_due", "indicator_not_live"):
            assert (item["value"], item["low"], item["high"]) == row[7:10]
