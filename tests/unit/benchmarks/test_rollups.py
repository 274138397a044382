"""The benchmark's peers measure what the catalogue of measures says, and a peer that counts otherwise is found out."""

import csv
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.facts import FACTS, MEASURES, Indicators, files, parquet, sides
from benchmarks.measures import DUMPED, compare
from benchmarks.wide_sql import duckdb_wide
from orchestration.settings import Settings

COUNTY, TOWNSHIP = "990101000000", "990101001000"
SEPTEMBER, OCTOBER, PERIOD_END = date(2013, 9, 1), date(2013, 10, 1), date(2013, 10, 31)
WANTED: Indicators = {"crude_birth_rate": {"plus": "births", "denominator": "population"}}


def catalogue() -> dict[str, dict[str, str]]:
    with (Settings().dbt_project / "seeds" / "measures.csv").open(encoding="utf-8", newline="") as source:
        return {row["measure"]: row for row in csv.DictReader(source)}


def test_every_measure_of_the_peers_is_windowed_as_the_catalogue_says() -> None:
    found = {name: (row["window_rule"], bool(row["strata"])) for name, row in catalogue().items()}
    assert len(MEASURES) == len(set(MEASURES)) == 40
    assert {measure: (fact.stock or "sum", bool(fact.stratum)) for fact in FACTS for measure in fact.measures} == {
        measure: found[measure] for measure in MEASURES
    }


def test_the_peers_need_not_know_of_finest_levels_nor_of_openings_by_register() -> None:
    measures = [row for name, row in catalogue().items() if name in MEASURES]
    assert {row["finest_level"] for row in measures} == {"village"}
    assert {row["register"] for row in measures if row["window_rule"] == "mean_of_ends"} == {"population"}


def test_what_is_dumped_is_what_peers_start_from() -> None:
    assert set(DUMPED) == set(files())


def test_parts_of_flows_are_counted_on_their_clock_and_of_stocks_on_both() -> None:
    assert list(sides(WANTED)) == [
        ("crude_birth_rate", clock, {(0, clock): {"plus": "births"}, (8, "both"): {"denominator": "population"}})
        for clock in ("event", "report")
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A month of one county: two births in a township, 100 persons before and 50 after; every other file is empty."""
    when = {f"{name}_month": f"date '{OCTOBER}'" for name in ("event", "reported")}
    fact = {"area_code": f"'{TOWNSHIP}'"}
    birth = fact | when | dict.fromkeys(("sex", "policy_status", "allowed_to", "mother_age_group"), "''")
    columns = {
        "births": birth | {"parity": "1", "is_timely": "true"},
        "population": fact | {"month": "unnest([date '2013-09-01', date '2013-10-01'])", "population": "unnest([100, 50])"},
        "months": {"month": f"unnest([date '{SEPTEMBER}', date '{OCTOBER}'])"},
        "months_sum": {"month": f"date '{OCTOBER}'"},
        "months_last": {"month": f"date '{OCTOBER}'"},
        "months_mean_of_ends": {
            "opening_month": f"date '{SEPTEMBER}'", "month": "unnest([date '2013-09-01', date '2013-10-01'])",
        },
        "openings": fact | {"opening_month": f"date '{SEPTEMBER}'"},
        "areas": {
            "area_code": f"unnest(['{COUNTY}', '{TOWNSHIP}'])", "delivering_code": f"'{COUNTY}'",
            "valid_from": "date '2000-01-01'", "valid_to": f"unnest([date '2100-01-01', date '{PERIOD_END}'])",
        },
        "known": {
            "delivering_code": f"'{COUNTY}'", "indicator": "'crude_birth_rate'", "clock": "'event'", "stratum": "''",
        },
    }  # fmt: skip
    for name in ("months_sum", "months_last", "months_mean_of_ends", "known"):
        columns[name] |= {'"window"': "'month'", "period_end": f"date '{PERIOD_END}'"}
    wide = {column: "0" for each in FACTS if each.file == "population" for column in each.summed.values()}
    columns["population"] = wide | columns["population"]
    for each in FACTS:
        absent = (
            fact | dict.fromkeys(each.clocks.values(), f"date '{OCTOBER}'") | dict.fromkeys(each.summed.values(), "0")
        )
        absent |= {column: "true" for column in each.counted.values() if column.startswith("is_")}
        absent |= {each.stratum: "''"} if each.stratum else {}
        columns.setdefault(each.file, absent | {"empty": "1"})
    for name, values in columns.items():
        selected = ", ".join(f"{value} as {column}" for column, value in values.items())
        rows = "range(2)" if name == "births" else "range(0)" if "empty" in values else "range(1)"
        duckdb.execute(f"copy (select {selected} from {rows}) to '{parquet(tmp_path, name)}'")
    (tmp_path / "indicators.json").write_text(json.dumps(WANTED))
    return tmp_path


def parts(folder: Path) -> dict[str, tuple[float, ...]]:
    """What DuckDB finds: plus, less and denominator by area."""
    (folder / "wide.duckdb").unlink(missing_ok=True)
    duckdb_wide(folder)
    with duckdb.connect(str(folder / "wide.duckdb")) as connection:
        rows = connection.execute("select area_code, plus, less, denominator, clock from parts").fetchall()
    assert {row[4] for row in rows} <= {"event"}  # on the report clock nothing is known
    return {row[0]: row[1:4] for row in rows}


def test_a_mean_of_both_ends_needs_an_opening_stock_that_is_known(folder: Path) -> None:
    """The township is gone at the period's end; the county has no opening stock that is known."""
    assert parts(folder) == {COUNTY: (2, 0, 50)}
    duckdb.execute(
        f"copy (select '{COUNTY}' as area_code, date '{SEPTEMBER}' as opening_month) to '{parquet(folder, 'openings')}'"
    )
    assert parts(folder) == {COUNTY: (2, 0, 75)}


def test_rows_and_sums_are_told_by_measure_and_indicator(folder: Path) -> None:
    measured = duckdb_wide(folder)
    found = json.loads((folder / "duckdb.json").read_text())
    assert found["rolled_up births"] == [2 * 3, 2.0 * 2 * 3]  # two clocks; the township, the county and the city
    assert found["parts crude_birth_rate"] == [1, 2.0, 0.0, 50.0]
    assert measured.rows == sum(rows for rows, *_ in found.values())


@pytest.mark.parametrize(
    "other", [{"parts i": [1, 1, 0, 2]}, {"parts i": [2, 1, 0, 2.1]}, {"parts i": []}, {"parts other": [1, 1, 1, 1]}]
)
def test_a_contender_that_counts_otherwise_is_found_out(tmp_path: Path, other: dict[str, list[float]]) -> None:
    base: dict[str, list[float]] = {f"rolled_up {measure}": [1, 1] for measure in MEASURES} | {"parts i": [2, 1, 0, 2]}
    (tmp_path / "indicators.json").write_text(json.dumps({"i": {"plus": "births"}}))
    (tmp_path / "renkou.json").write_text(json.dumps(base))
    (tmp_path / "peer.json").write_text(json.dumps(base))
    compare(tmp_path, "peer")
    (tmp_path / "peer.json").write_text(json.dumps(base | other))
    with pytest.raises(SystemExit, match="peer counts otherwise"):
        compare(tmp_path, "peer")


def test_nothing_is_compared_when_renkou_counted_nothing_of_an_indicator(tmp_path: Path) -> None:
    base: dict[str, list[float]] = {f"rolled_up {measure}": [1, 1] for measure in MEASURES} | {"parts i": [0, 0, 0, 0]}
    (tmp_path / "indicators.json").write_text(json.dumps({"i": {"plus": "births"}}))
    (tmp_path / "renkou.json").write_text(json.dumps(base))
    with pytest.raises(SystemExit, match="did not count every measure and indicator"):
        compare(tmp_path, "renkou")
