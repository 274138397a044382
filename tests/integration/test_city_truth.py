"""Every indicator against the truth that the generator reckons in numpy: exactly on clean data, within the faults on faulty."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from city_run import LAST_MONTH, CityRun
from truth_kit import Beside, beside

from orchestration.demo.definitions import definitions


@pytest.fixture(name="clean")
def _clean(clean_city: Path) -> Iterator[Beside]:
    with beside(clean_city) as both:
        yield both


@pytest.fixture(name="faulty")
def _faulty(city: CityRun) -> Iterator[Beside]:
    with beside(city.home) as both:
        # The canary of city_run is one person more on the last population file of the first county.
        both.connection.execute(
            f"""insert into true_measures
                select counted.clock, counted.month, area_code, counted.measure, stratum, 0, 0 from counted
                anti join true_measures using (clock, month, area_code, measure, stratum)
                where counted.month = date '{LAST_MONTH}-01'"""
        )
        both.connection.execute(
            f"""update true_measures set doubt = doubt + 1 where month = date '{LAST_MONTH}-01'
                and measure in (select measure from needs where register = 'population')
                and (area_code like '990101%' or area_code = '990100000000')"""
        )
        both.without_deliveries()
        yield both


def test_every_measure_has_a_truth(clean_city: Path) -> None:
    """A measure that is added to the seed without one line in orchestration/demo fails here."""
    metadata = pq.read_metadata(clean_city / "truth" / "measures.parquet").metadata
    assert set(metadata[b"measures"].decode().split()) == set(definitions().measures)


def test_every_live_indicator_has_a_truth_and_no_other_has_values(clean: Beside) -> None:
    with_truth = {name for (name,) in clean.ask("select distinct indicator from true_indicators")}
    live = {name for (name,) in clean.ask("select distinct indicator from intermediate.int_indicators__live")}
    with_values = {name for (name,) in clean.ask("select distinct indicator from figures")}
    assert with_truth == live == with_values
    measures = set(definitions().measures)
    not_live = {one.indicator for one in definitions().indicators if not measures.issuperset(one.parts)}
    assert {one.indicator for one in definitions().indicators} - live == not_live


def test_every_figure_of_a_clean_city_is_the_truth(clean: Beside) -> None:
    """Both parts, effective size, value and status, in every area, window and clock; nothing missing, nothing more."""
    assert clean.differing_figures() == []
    [(cells, windows, clocks, levels)] = clean.ask(
        """select count(*), count(distinct "window"), count(distinct clock), count(distinct area_level) from figures
            where status = 'ok'"""
    )
    assert (windows, clocks, levels) == (7, 2, 4)
    assert cells > 50_000
    assert {status for (status,) in clean.ask("select distinct status from figures")} == {
        "ok", "empty_denominator", "no_delivery"}  # fmt: skip


def test_every_indicator_has_a_value_of_more_than_nought_somewhere(clean: Beside) -> None:
    """What is nought everywhere would equal a truth that counts nothing."""
    nought = clean.ask(
        "select indicator from figures where clock = 'event' group by indicator having max(value) > 0 is not true"
    )
    assert nought == [("register_duplicates",)]


@pytest.mark.parametrize("column", ["numerator", "denominator", "effective_size", "value"])
def test_one_figure_that_is_not_the_truth_is_seen(clean: Beside, column: str) -> None:
    more = "1e-6" if column in ("effective_size", "value") else "1"
    clean.connection.execute(
        f"""update figures set {column} = {column} + {more} where rowid = (
            select max(rowid) from figures where status = 'ok' and {column} is not null and area_level = 'township')"""
    )
    assert len(clean.differing_figures()) == 1


def test_a_figure_too_few_and_one_too_many_are_seen(clean: Beside) -> None:
    clean.connection.execute("delete from figures where rowid = 1000")
    clean.connection.execute("insert into figures select * replace ('x' as indicator) from figures where rowid = 2000")
    assert len(clean.differing_figures()) == 2


def test_every_count_of_a_clean_city_is_the_truth(clean: Beside) -> None:
    """Also of the measures that no indicator uses, by month."""
    clean.connection.execute("create temp table unexplained (measure text, clock text, month date, county text)")
    assert clean.ask("select sum(doubt) from true_measures") == [(0.0,)]
    assert clean.differing_counts() == []
    missing = clean.ask(
        """select true_measures.* from true_measures anti join counted using (clock, month, area_code, measure, stratum)
            inner join reference.measures as measures using (measure)
            inner join intermediate.int_availability as available using (area_code, register, month)
            where is_covered = 1 and (true_measures.clock = 'event' or is_delivered = 1) and true_measures.value <> 0"""
    )
    assert missing == []


def test_a_faulty_city_differs_from_the_truth_by_its_faults_and_no_more(faulty: Beside) -> None:
    """Cell by cell, every measure, month, area and clock: at most by the records that an injected fault struck."""
    assert faulty.differing_counts() == []
    [(compared, certain, moved)] = faulty.ask(
        """select count(*), count(*) filter (coalesce(doubt, 0) = 0),
                count(*) filter (abs(counted.value - coalesce(true_measures.value, 0)) > 0.01)
            from counted left join true_measures using (clock, month, area_code, measure, stratum)
            where not exists (
                select * from unexplained where unexplained.measure = counted.measure
                    and unexplained.clock = counted.clock and unexplained.month = counted.month
                    and (unexplained.county = left(counted.area_code, 6) or counted.area_level = 'city'))"""
    )
    [(everything,)] = faulty.ask("select count(*) from counted")
    assert compared > 0.8 * everything
    assert certain > 0.8 * compared
    assert moved > 100


def test_the_indicators_of_a_faulty_city_differ_by_its_faults_and_no_more(faulty: Beside) -> None:
    """Every indicator, area, window and clock that stands on landed files: both parts at most by the struck records, and where
    none was struck the value is the truth."""
    faulty.with_doubt()
    assert faulty.doubtless_differing() == []
    [(compared, certain, moved, indicators, windows)] = faulty.ask(
        """select count(*), count(*) filter (numerator_doubt + denominator_doubt = 0), count(*) filter (value <> true_value),
            count(distinct indicator), count(distinct "window") from doubtful"""
    )
    [(everything,)] = faulty.ask("select count(*) from figures where value is not null")
    assert compared > 0.5 * everything
    assert certain > 0.3 * compared
    assert moved > 100
    assert (indicators, windows) == (62, 7), "all but screening, which has no value before 24 months"


def test_one_indicator_beyond_the_faults_is_seen(faulty: Beside) -> None:
    faulty.with_doubt()
    faulty.connection.execute(
        """update doubtful set numerator = true_numerator + numerator_doubt + 1
            where rowid = (select max(rowid) from doubtful where numerator_doubt > 0)"""
    )
    assert len(faulty.doubtless_differing()) == 1


def test_deliveries_that_did_not_land_carry_a_fault(faulty: Beside) -> None:
    assert faulty.ask("select count(*) from unlanded") > [(0,)]
    assert faulty.ask(
        """select * from unlanded anti join faults
            on faults.file like concat(unlanded.register, '_', unlanded.county, '_', strftime(unlanded.month, '%Y%m'), '%')"""
    ) == []  # fmt: skip


def test_one_count_beyond_the_faults_is_seen(faulty: Beside) -> None:
    faulty.connection.execute(
        """update counted set value = counted.value + true_measures.doubt + 1 from true_measures
            where counted.clock = 'event' and counted.measure = 'births' and counted.area_level = 'township'
                and counted.clock = true_measures.clock and counted.month = true_measures.month
                and counted.area_code = true_measures.area_code and counted.measure = true_measures.measure
                and counted.value = true_measures.value and true_measures.doubt > 0"""
    )
    assert len(faulty.differing_counts()) > 0


def test_a_city_without_faults_gives_no_signal_of_integrity(clean_city: Path) -> None:
    """Seasons and chance included; what needs more cases or months than this city has is not judged."""
    with duckdb.connect(str(clean_city / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            """select method, count(*) filter (where status = 'signal'), count(*) filter (where status = 'quiet')
                from marts.integrity_signals group by method"""
        ).fetchall()
    assert {method for method, signals, _ in found if signals} == set()
    assert {method for method, _, quiet in found if quiet} >= {"whipple", "myers", "zodiac", "full_rates"}
