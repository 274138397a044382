"""The pieces of the truth table: windows, arrivals, coverage, counting once; and its agreement with the other truths."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from demo_city import Generated

from orchestration.demo.arrivals import arrival, coverage
from orchestration.demo.book import Book, Flow, Sightings
from orchestration.demo.definitions import definitions
from orchestration.demo.ground import Ground
from orchestration.demo.months import NEVER, day_number, parse_month, to_date
from orchestration.demo.places import build_city
from orchestration.demo.reckoning import spans
from orchestration.demo.truth import Run

RUN = Run(parse_month("2014-03"), parse_month("2015-02"), parse_month("2013-10"))


def day(text: str) -> int:
    return day_number(np.datetime64(text).item())


def covered(register: str) -> list[str]:
    """Months of the calendar for which some delivery speaks."""
    return [label(RUN.window_first + at) for at in np.flatnonzero(coverage(register, RUN)[0])]


def label(month: int) -> str:
    return f"{1970 + month // 12}-{month % 12 + 1:02d}"


def test_a_delivery_speaks_for_the_months_of_its_mode() -> None:
    calendar = [label(month) for month in range(RUN.window_first, RUN.last + 1)]
    assert covered("births") == calendar  # March's file holds October to March
    assert covered("population") == calendar[5:]
    assert covered("surveys") == calendar[3:15]  # January to December: June's and December's file
    assert covered("inspections") == calendar[3:15]
    assert covered("staff") == calendar[5:]  # stands from March on
    assert covered("budgets") == calendar[3:15]  # December's file: its calendar year


def test_a_window_file_knows_its_policy_year_and_no_more() -> None:
    registered = np.array([day(d) for d in ("2013-09-30", "2013-10-01", "2014-09-30", "2014-10-01", "2015-03-01")])
    came = arrival("births", np.append(registered, NEVER).astype(np.int32), RUN)
    assert [label(month) for month in came.first[1:4]] == ["2014-03", "2014-09", "2014-10"]
    assert came.first[[0, 4, 5]].tolist() == [NEVER] * 3
    assert [str(to_date(until)) for until in came.until[1:4]] == ["2014-09-30", "2014-09-30", "2015-02-28"]
    assert came.known(np.full(6, day("2014-10-01"), dtype=np.int32)).tolist()[1:4] == [NEVER, NEVER, day("2014-10-01")]


def test_a_full_file_knows_all_that_happened() -> None:
    came = arrival("benefits", np.array([day("2010-06-20"), day("2014-07-01")], dtype=np.int32), RUN)
    assert [label(month) for month in came.first] == ["2014-06", "2014-12"]
    assert {str(to_date(until)) for until in came.until} == {"2014-12-31"}


def test_windows_end_where_their_definition_says() -> None:
    found = {
        window.window: [(label(span.first), label(span.last)) for span in spans(window, RUN.first, RUN.last)]
        for window in definitions().windows
    }
    assert found["quarter"][0] == ("2014-01", "2014-03")
    assert found["half_year"] == [("2014-01", "2014-06"), ("2014-07", "2014-12")]
    assert found["policy_year"] == [("2013-10", "2014-09")]
    assert found["calendar_year"] == [("2014-01", "2014-12")]
    assert found["policy_year_to_date"][6:8] == [("2013-10", "2014-09"), ("2014-10", "2014-10")]
    assert found["trailing_12_months"][-1] == ("2014-03", "2015-02")
    assert len(found["month"]) == 12


@pytest.fixture(name="book")
def _book(tmp_path: Path) -> Book:
    return Book(tmp_path / "measures.parquet", Ground(build_city(2_000, 1)), RUN, 0)


def test_what_is_counted_in_a_village_climbs_to_the_city(book: Book) -> None:
    month, place = np.array([RUN.first, RUN.first, NEVER], dtype=np.int32), np.array([0, 0, 0], dtype=np.int32)
    late = month + np.array([0, 2, 0], dtype=np.int32)
    book.flow(Flow("births", month, late, place, np.array([False, True, True])))
    at = RUN.first - RUN.window_first
    above = [int(places[0]) for places in book.ground.everywhere(place)]
    assert [book.ground.levels[number] for number in above] == ["village", "township", "county", "city"]
    assert book.value["births", "", "event"][at, above].tolist() == [2.0] * 4
    assert book.value["births", "", "event"].sum() == 8
    assert book.value["births", "", "report"][[at, at + 2], 0].tolist() == [1.0, 1.0]
    # the struck one: in its month on the event clock, from its month on on the report clock
    assert book.doubt["births", "", "event"][at : at + 4, 0].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert book.doubt["births", "", "report"][at : at + 4, 0].tolist() == [0.0, 0.0, 1.0, 1.0]


def test_an_entity_counts_once_in_a_window_and_in_each_area(book: Book) -> None:
    first = RUN.first
    entity, month = np.array([7, 7, 7, 8], dtype=np.int32), np.array([first, first, first + 1, first], dtype=np.int32)
    place = np.array([0, 0, 0, 1], dtype=np.int32)
    book.seen(Sightings("townships_visited", entity, month, month, place, np.zeros(4, dtype=np.bool_)))
    whole, _ = book.distinct("townships_visited", "event", first, first + 1)
    assert whole[[0, 1, len(book.ground) - 1]].tolist() == [1.0, 1.0, 2.0]
    alone, _ = book.distinct("townships_visited", "event", first + 1, first + 1)
    assert alone[[0, 1, len(book.ground) - 1]].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("clock", ["event", "report"])
def test_the_table_agrees_with_the_counts_of_what_was_registered(clean: Generated, clock: str) -> None:
    """Two truths, reckoned apart: births and deaths in the months of the run."""
    truth = clean.home / "truth"
    apart = duckdb.sql(f"""
        with counted as (
            select (month || '-01')::date as month, area_code, measure, sum(value) as value
            from read_csv('{truth}/counts.csv', types = {{'area_code': 'varchar', 'month': 'varchar'}})
            where basis = 'registered' and clock = '{clock}' and stratum is null and measure <> 'population'
            group by all
        ), reckoned as (
            select month, area_code, measure, value from '{truth}/measures.parquet'
            where clock = '{clock}' and stratum = '' and measure in (select measure from counted)
                and right(area_code, 3) <> '000'
        )
        select * from counted full join reckoned using (month, area_code, measure)
        where counted.value is distinct from reckoned.value and month >= date '2013-10-01'
    """).fetchall()
    assert apart == []


def test_only_a_faulty_city_has_doubts(clean: Generated, faulty: Generated) -> None:
    sums = [
        duckdb.sql(f"select sum(doubt) from '{city.home}/truth/measures.parquet'").fetchall()
        for city in (clean, faulty)
    ]
    assert sums[0] == [(0.0,)]
    assert sums[1][0][0] > 1000
