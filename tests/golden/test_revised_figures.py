"""Golden figure 10: national births of 2016 and 2017 as first published and as revised (shared/golden, figure 10).

17.86 million became 18.83 million (+0.97), and 17.23 became 17.65 (+0.42). Both vintages stay readable, and what moved a rate of
them is told apart: births, or the population below them.
"""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.publish.publication import publish
from orchestration.publish.revisions import revised_values
from orchestration.settings import Settings
from tests.publication_kit import CATALOGUES, query

FIRST = {2016: 17_860_000, 2017: 17_230_000}
REVISED = {2016: 18_830_000, 2017: 17_650_000}
# Any population will do: the figure is of births. The second moves in the third publication.
POPULATION, LATER_POPULATION = 1_380_000_000.0, 1_390_000_000.0
TABLES = """
create schema published;
create table published.measures as select 'c' as area_code, 'city' as area_level, 3.0 as value;
create table published.indicators as select 'births' as indicator, null as numerator_less, null as denominator;
create table published.assessments as select 's' as scheme, 'c' as area_code, 'births' as indicator,
    date '2017-12-31' as period_end, 'met' as verdict, 'v' as vintage;
create table published.attestations as select 'c' as area_code, 'team' as item, date '2017-12-31' as period_end,
    'met' as verdict, 'v' as vintage;
create table published.clock_bridge as select 'city' as area_level, 0.0 as event_value, 0.0 as reported_later,
    0.0 as found_late, 0.0 as report_value;
create table published.birth_estimates as select 'city' as area_level, 0.0 as births_unadjusted, 0.0 as births_listed,
    0.0 as births_in_both;
create table published.measure_revisions as select 'city' as area_level, 0.0 as records_added, 0.0 as records_taken;
create table published.indicator_values (area_code varchar, area_level varchar, indicator varchar, "window" varchar,
    period_end date, clock varchar, vintage varchar, numerator double, denominator double, value double, status varchar);
create table published.indicator_values_constant_boundary as from published.indicator_values where false;
create table published.area_boundaries (area_code varchar, part_code varchar, coefficient int, changed_on date);
"""


COLUMNS = (
    'area_code, area_level, indicator, "window", period_end, clock, vintage, numerator, denominator, value, status'
)


def _values(births: dict[int, int], population: float) -> str:
    rows = []
    for year, count in births.items():
        place = f"'calendar_year', date '{year}-12-31', 'event', 'v', {count}"
        rows.append(f"('c', 'city', 'births', {place}, null, {count}, 'ok')")
        rows.append(f"('c', 'city', 'crude_birth_rate', {place}, {population}, {1000 * count / population!r}, 'ok')")
    return f"delete from published.indicator_values; insert into published.indicator_values ({COLUMNS}) values {', '.join(rows)}"


@pytest.fixture(name="settings", scope="module")
def _settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("revised"), threads=1)
    for births, population in ((FIRST, POPULATION), (REVISED, POPULATION), (REVISED, LATER_POPULATION)):
        with duckdb.connect(str(settings.warehouse)) as connection:
            if births is FIRST:
                connection.execute(TABLES + CATALOGUES)
            connection.execute(_values(births, population))
        publish(settings)
    return settings


@pytest.mark.parametrize(("publication", "births"), [(1, FIRST), (2, REVISED), (3, REVISED)])
def test_both_vintages_stay_readable(publication: int, births: dict[int, int], settings: Settings) -> None:
    shown = query(
        settings,
        f"select year(period_end), value from indicator_values_as_of({publication}) where indicator = 'births' order by 1",
    )
    assert shown.rows == [(year, count) for year, count in births.items()]


@pytest.mark.parametrize(("year", "difference"), [(2016, 970_000), (2017, 420_000)])
def test_a_revision_says_by_how_much(year: int, difference: int, settings: Settings) -> None:
    first, revised = revised_values(settings, "births", month=date(year, 12, 1))
    assert (first["change"], revised["change"]) == (None, difference)
    assert revised["change_by_numerator"] is revised["change_by_denominator"] is None, "a count is no ratio"


def test_what_moved_a_rate_is_told_apart(settings: Settings) -> None:
    _, by_births, by_population = revised_values(settings, "crude_birth_rate", month=date(2016, 12, 1))
    assert by_births["change"] == pytest.approx(1000 * 970_000 / POPULATION)
    assert by_births["change_by_numerator"] == pytest.approx(by_births["change"])
    assert by_births["change_by_denominator"] == pytest.approx(0)
    assert by_population["change"] < 0
    assert by_population["change_by_numerator"] == pytest.approx(0)
    assert by_population["change_by_denominator"] == pytest.approx(by_population["change"])


def test_a_value_that_is_no_ratio_of_its_counts_is_not_decomposed(tmp_path: Path) -> None:
    """A sum of rates over age groups: the same counts, and another factor."""
    settings = Settings(home=tmp_path, threads=1)
    for value in (1.5, 1.6):
        with duckdb.connect(str(settings.warehouse)) as connection:
            if value == 1.5:
                connection.execute(TABLES + CATALOGUES)
            connection.execute(
                f"delete from published.indicator_values; insert into published.indicator_values ({COLUMNS}) values "
                f"('c', 'city', 'tfr', 'month', date '2016-12-31', 'event', 'v', 10, 20, {value}, 'ok')"
            )
        publish(settings)
    _, revised = revised_values(settings, "tfr")
    assert revised["change"] == pytest.approx(0.1)
    assert revised["change_by_numerator"] is revised["change_by_denominator"] is None
