"""The clients that people use read what is published: SDMX tools, older DuckDB, pandas, polars, a spreadsheet, PostgreSQL."""

import csv
import json
import os
import subprocess
import sys
import venv
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from city_run import CityRun
from pysdmx.io import read_sdmx
from python_calamine import CalamineWorkbook

import renkou
from orchestration.publish.exports import published_tables
from tests.requirements import require

FIGURES = "select area_level, count(*) as n, sum(value) as total from indicator_values group by area_level order by area_level"
OLD_DUCKDB = "duckdb==1.4.4"


@pytest.fixture(name="figures", scope="module")
def _figures(city: CityRun) -> list[tuple[Any, ...]]:
    with renkou.connect(city.home) as marts:
        return marts.execute(FIGURES).fetchall()


def test_sdmx_is_read_back_with_every_code_in_its_list_and_every_row(city: CityRun, tmp_path: Path) -> None:
    city.renkou("export", "--format", "sdmx", "--out", str(tmp_path))
    structure = read_sdmx(tmp_path / "structure.json", validate=True)
    definition = structure.get_data_structure_definitions()[0]
    assert structure.get_dataflows()[0].id == definition.id == "INDICATOR_VALUES"
    dataset = read_sdmx(tmp_path / "indicator_values.csv").data[0]
    assert dataset.short_urn == f"Dataflow=RENKOU:INDICATOR_VALUES({definition.version})"
    frame = dataset.data
    assert [component.id for component in definition.components] == list(frame.columns)
    coded = {c.id: {item.id for item in c.enumeration} for c in definition.components if c.enumeration}
    assert set(coded) == {"REF_AREA", "INDICATOR", "WINDOW", "CLOCK", "OBS_STATUS", "STATUS"}
    for name, codes in coded.items():
        assert set(frame[name]) <= codes, name
    keys = [component.id for component in definition.components.dimensions]
    assert not frame.duplicated(keys).any()
    with renkou.connect(city.home) as marts:
        wanted = marts.execute(
            """select area_code, indicator, "window", clock, strftime(period_end, '%Y-%m'), value, numerator_shown,
                denominator_shown, status
                from indicator_values order by all"""
        ).fetchall()
    found = sorted(frame[[*keys, "OBS_VALUE", "NUMERATOR", "DENOMINATOR", "STATUS"]].itertuples(index=False, name=None))
    assert len(found) == len(wanted) > 10_000
    for theirs, ours in zip(found, sorted(wanted, key=lambda row: tuple(map(str, row[:5]))), strict=True):
        assert theirs[:5] == ours[:5]
        assert (None if theirs[5] in ("", "NaN") else float(theirs[5])) == ours[5]
        assert (theirs[6] or None, theirs[7] or None, theirs[8]) == ours[6:]


def test_sdmx_is_for_indicator_values_and_says_so(city: CityRun, tmp_path: Path) -> None:
    done = city.renkou("export", "--format", "sdmx", "--out", str(tmp_path), "--table", "measures", check=False)
    assert done.returncode == 2
    assert "indicator_values alone" in done.stderr


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_holds_every_table_whole(city: CityRun, form: str, tmp_path: Path) -> None:
    city.renkou("export", "--format", form, "--out", str(tmp_path))
    with renkou.connect(city.home) as marts:
        wanted = {t: marts.execute(f"select count(*) from {t}").fetchall()[0][0] for t in published_tables(marts)}
    read = {"csv": "read_csv('{}', header = true, all_varchar = true)", "parquet": "read_parquet('{}')"}[form]
    found = {p.stem: duckdb.sql(f"select count(*) from {read.format(p)}").fetchall()[0][0] for p in tmp_path.iterdir()}
    assert found == wanted


def test_a_table_that_is_not_published_is_said(city: CityRun, tmp_path: Path) -> None:
    done = city.renkou("export", "--format", "csv", "--out", str(tmp_path), "--table", "persons", check=False)
    assert done.returncode == 2
    assert "persons" in done.stderr


def test_pandas_and_polars_read_the_parquet_and_the_csv(
    city: CityRun, figures: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    parquet = city.home / "published" / "parquet" / "indicator_values.parquet"
    by_pandas = pd.read_parquet(parquet).groupby("area_level")["value"].agg(["size", "sum"]).reset_index()
    assert [(r[0], r[1], pytest.approx(r[2])) for r in by_pandas.itertuples(index=False)] == figures
    by_polars = pl.read_parquet(parquet).group_by("area_level").agg(pl.len(), pl.col("value").sum()).sort("area_level")
    assert [(r[0], r[1], pytest.approx(r[2])) for r in by_polars.rows()] == figures
    city.renkou("sql", "from indicator_values", "--out", str(tmp_path / "v.csv"))
    text = {"area_code": str, "numerator_shown": str, "denominator_shown": str}
    frame = (
        pd.read_csv(tmp_path / "v.csv", dtype=text).groupby("area_level")["value"].agg(["size", "sum"]).reset_index()
    )
    assert [(r[0], r[1], pytest.approx(r[2])) for r in frame.itertuples(index=False)] == figures


@pytest.fixture(name="old_python", scope="session")
def _old_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the last DuckDB of the 1.4 line; skipped (or failed) where no index offers it."""
    folder = tmp_path_factory.mktemp("old-duckdb")
    venv.create(folder, with_pip=False)
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "-q",
        "--no-deps",
        OLD_DUCKDB,
    ]
    if subprocess.run(command, capture_output=True, check=False, timeout=300).returncode:
        if os.environ.get("RENKOU_REQUIRE") == "all":
            pytest.fail(f"{OLD_DUCKDB} could not be installed")
        pytest.skip(f"{OLD_DUCKDB} could not be installed: the test of older clients did NOT run")
    return folder / "bin" / "python"


def test_an_older_duckdb_reads_tables_views_macros_and_comments(
    city: CityRun, figures: list[tuple[Any, ...]], old_python: Path
) -> None:
    code = f"""
import duckdb, json, sys
marts = duckdb.connect(sys.argv[1], read_only=True)
ask = lambda sql: marts.execute(sql).fetchall()
print(json.dumps([duckdb.__version__, ask({FIGURES!r}), ask("select count(*) from indicator_values_as_of(1)"),
    ask("select count(*) from provenance where indicator = 'crude_birth_rate'"),
    ask("select comment from duckdb_columns() where table_name = 'measures' and column_name = 'value'")]))
"""
    marts = str(city.home / "published" / "marts.duckdb")
    done = subprocess.run([str(old_python), "-c", code, marts], capture_output=True, text=True, check=True, timeout=120)
    version, found, as_of, provenance, comment = json.loads(done.stdout)
    assert version == "1.4.4"
    assert [tuple(row) for row in found] == [(a, n, pytest.approx(total)) for a, n, total in figures]
    assert as_of[0][0] == sum(row[1] for row in figures)
    assert provenance[0][0] > 1000
    assert comment == [["数值 · Value; null when withheld, because smaller areas could be worked out by it."]]


def test_a_spreadsheet_opens_the_workbook_as_it_was_meant(city: CityRun, tmp_path: Path) -> None:
    """LibreOffice loads, recalculates and stores it again, as XLSX and as CSV; nothing has become a formula or a number."""
    soffice = require("soffice")
    sql = """select area_code, name_zh, date '2014-09-30' as day, 1234.5 as value, formula, true as yes
        from dim_area, (values ('=1+1'), ('＝1+1'), ('@SUM(A1)'), ('-1+2'), ('1-7')) as f(formula) where area_level = 'county'
        order by area_code, formula"""
    city.renkou("sql", sql, "--out", str(tmp_path / "t.xlsx"))
    with renkou.connect(city.home) as marts:
        wanted = marts.execute(sql).fetchall()
    (tmp_path / "again").mkdir()
    for kind in ("xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false"):
        command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", kind, "--outdir",
                   str(tmp_path / "again"), str(tmp_path / "t.xlsx")]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=180, env=os.environ | {"HOME": str(tmp_path)})
    rows = CalamineWorkbook.from_path(str(tmp_path / "again" / "t.xlsx")).get_sheet_by_index(0).to_python()
    assert rows[0] == ["area_code", "name_zh", "day", "value", "formula", "yes"]
    assert [tuple(row) for row in rows[1:]] == [(*row[:3], float(row[3]), *row[4:]) for row in wanted]
    with (tmp_path / "again" / "t.csv").open(encoding="utf-8", newline="") as handle:
        raw = list(csv.DictReader(handle))
    assert Counter(row["formula"] for row in raw) == Counter(row[4] for row in wanted)
    assert {row["area_code"] for row in raw} == {row[0] for row in wanted}
