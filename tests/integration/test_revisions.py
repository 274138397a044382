"""Revisions, the whole way: published, changed, published again, and every part of every change worked out by hand.

All events are of October 2014, reported with that month, and all counts are tens, so that rounding takes nothing away. The
first publication knows October, the second also November: late, moved, corrected and withdrawn records, more population, and
areas that are merged, recoded and split. Nothing but rounding protects the figures here (every window is published, a change
of one is shown), or there would be few revisions of a town this small to look at.
"""

import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publish.publication import publish
from orchestration.publish.revisions import revised_values
from orchestration.publish.vintages import LOGS
from orchestration.settings import Settings
from tests.publication_kit import query

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import ScratchWarehouse

CITY = "990100000000"
GROWS, ENDS, GIVES, STAYS, HAS_A_SMALL_VILLAGE, WAS_CORRECTED, ENDED_BEFORE, SPLIT, TAKES_A_HALF, NEVER_CHANGED = (
    f"990101{number:03d}000" for number in range(1, 11)
)
# township: (births, persons) at first
FIRST = {
    GROWS: (40, 2000), ENDS: (30, 1000), GIVES: (50, 2000), STAYS: (20, 1000), HAS_A_SMALL_VILLAGE: (40, 1000),
    WAS_CORRECTED: (40, 2000), ENDED_BEFORE: (20, 2000), SPLIT: (40, 2000), TAKES_A_HALF: (20, 1000), NEVER_CHANGED: (20, 1000),
}  # fmt: skip
# What is made of the scope, and what holds figures.
SHOWN = (
    "int_indicator_values__protected+", "published__indicator_values_constant_boundary", "published__birth_estimates",
    "published__measures", "published__measure_revisions", "published__clock_bridge",
)  # fmt: skip
RATE = 12_000  # a month's births a year and per 1000 persons


def village(township: str, number: int = 1) -> str:
    return f"{township[:9]}{number:03d}"


def people(area: str, number: int, first: int = 0, since: str = "2014-10-01") -> str:
    return f"""
        insert into raw.population (id_pseudonym, sex, birth_date, area, status, registered_at,
            _area, _scope, _row_hash, _valid_from, _opened_by)
        select '{area}-' || i, 'male', date '1980-01-01', '{area}', 'registered', date '2010-01-01',
            '990101', 'all', 0, date '{since}', 1
        from range({first}, {first + number}) as persons (i)
    """


def births(area: str, number: int, name: str) -> str:
    return f"""
        select '{name}-' || i as birth_no, date '2014-10-05' as birth_date,
            case when i % 2 = 0 then 'male' else 'female' end as sex, 1 as parity,
            date '1988-01-01' as mother_birth_date, 'in_policy' as policy_status, '{area}' as area
        from range({number}) as numbers (i)
    """


def ended(code: str, last_day: str, successor: str) -> str:
    return f"update raw.areas set valid_to = date '{last_day}', successor = '{successor}' where area = '{code}'"


def procedures(numbers: str, area: str, columns: dict[str, str], since: str) -> str:
    """Procedures 'P<i>' for i of a range."""
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"""
        insert into raw.procedures (procedure_no, area, {names}, _area, _scope, _row_hash, _valid_from, _opened_by)
        select 'P' || i, '{area}', {values}, '990101', '2015', 0, date '{since}', 1 from range({numbers}) as numbers (i)
    """


def deaths(area: str, number: int, since: str) -> str:
    return f"""
        insert into raw.deaths (death_no, sex, death_date, registered_at, area, _area, _scope, _row_hash, _valid_from, _opened_by)
        select 'D{since}-' || i, 'male', date '2014-10-09', date '2014-10-09', '{area}', '990101', '2015', 0, date '{since}', 1
        from range({number}) as numbers (i)
    """


DONE = {"procedure_date": "date '2014-10-07'", "procedure_type": "'iud_insertion'", "informed_choice": "'yes'"}


def _first(warehouse: ScratchWarehouse) -> None:
    townships = {code: "township" for code in FIRST}
    villages = {village(code): "village" for code in FIRST}
    small = {village(HAS_A_SMALL_VILLAGE, 2): "village"}
    warehouse.add_areas({CITY: "city", "990101000000": "county"} | townships | villages | small)
    for register in ("births", "deaths", "population", "procedures"):
        warehouse.land(register, "'990101'", "2014-10-01", "2014-10-01")
    for code, (born, persons) in FIRST.items():
        warehouse.add_births("990101", births(village(code), born, code))
        warehouse.execute(people(village(code), persons))
    warehouse.add_births("990101", births(village(HAS_A_SMALL_VILLAGE, 2), 3, "few"))
    warehouse.execute(
        people(village(HAS_A_SMALL_VILLAGE, 2), 100),
        procedures("0, 60", village(STAYS), DONE, "2014-10-01"),
        deaths(village(GIVES), 20, "2014-10-01"),
    )


def _moved(old: str, new: str, births_of: str) -> tuple[str, str]:
    """The versions of births that name another village, of a November file."""
    return (
        f"""insert into raw.births by name select * replace ('{new}' as area, date '2014-11-01' as _valid_from)
            from raw.births where {births_of} and area = '{old}' and _valid_to is null""",
        f"update raw.births set _valid_to = date '2014-11-01' where {births_of} and area = '{old}' and _valid_to is null",
    )


def _second(warehouse: ScratchWarehouse) -> None:
    for register in ("births", "deaths", "population", "procedures"):
        warehouse.land(register, "'990101'", "2014-11-01", "2014-11-01")
    warehouse.add_births("990101", births(village(GROWS), 15, "late"))
    warehouse.execute("update raw.births set _valid_from = date '2014-11-01' where birth_no like 'late-%'")
    warehouse.execute(*_moved(village(GIVES), village(GROWS), "split_part(birth_no, '-', 2)::int < 10"))
    warehouse.execute(f"""
        update raw.births set _valid_to = date '2014-11-01'
        where area = '{village(ENDS)}' and split_part(birth_no, '-', 2)::int < 10
    """)
    warehouse.execute(people(village(GROWS), 500, first=2000), ended(ENDS, "2014-11-30", GROWS))
    warehouse.execute(ended(village(HAS_A_SMALL_VILLAGE, 2), "2014-11-30", village(STAYS)))
    # October's records of the township that ended in September come again under the code of its successor
    warehouse.execute(*_moved(village(ENDED_BEFORE), village(WAS_CORRECTED), "true"))
    warehouse.execute(ended(ENDED_BEFORE, "2014-09-30", WAS_CORRECTED))
    warehouse.execute(ended(SPLIT, "2014-11-30", f"{TAKES_A_HALF}、{NEVER_CHANGED[:6]}011000"))
    warehouse.add_areas({"990101011000": "township"})
    warehouse.execute("update raw.areas set valid_from = date '2014-12-01' where area = '990101011000'")
    # of 60 procedures 20 go, 10 get a due date (as does nothing else), 10 move; 30 come late
    warehouse.execute(
        "update raw.procedures set _valid_to = date '2014-11-01' where substr(procedure_no, 2)::int < 40",
        procedures("20, 30", village(STAYS), DONE | {"due_date": "date '2014-10-08'"}, "2014-11-01"),
        procedures("30, 40", village(GIVES), DONE, "2014-11-01"),
        procedures("100, 130", village(STAYS), DONE, "2014-11-01"),
        deaths(village(GIVES), 30, "2014-11-01"),
    )


@pytest.fixture(name="revised", scope="module")
def _revised(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The home of both publications."""
    settings = Settings(home=tmp_path_factory.mktemp("revised"), threads=1)
    warehouse = ScratchWarehouse(settings.root)
    for change in (_first, _second):
        change(warehouse)
        warehouse.dbt("build", "--full-refresh", "--exclude-resource-type", "unit_test")
        warehouse.execute("""
            delete from intermediate.int_publication_scope;
            insert into intermediate.int_publication_scope
            select area_level, w."window", m.month_end from reference.windows as w, intermediate.int_months as m,
                (select unnest(['city', 'county', 'township', 'village']) as area_level)""")
        warehouse.dbt("run", "--full-refresh", "--vars", "{hold: 1}", "--select", *SHOWN)
        publish(settings)
    return settings


def rates(settings: Settings, area: str, series: str) -> list[dict[str, Any]]:
    """October's crude birth rate of an area in both publications."""
    return [
        row
        for row in revised_values(settings, "crude_birth_rate", area)
        if (row["series"], row["window"], row["clock"], str(row["period_end"]))
        == (series, "month", "event", "2014-10-31")
    ]


def parts(row: dict[str, Any]) -> tuple[float | None, ...]:
    return tuple(row[f"change_by_{part}"] for part in ("boundary", "numerator", "denominator"))


def test_a_merger_that_becomes_known_is_told_from_births_and_population(revised: Settings) -> None:
    """40 of 2,000 persons joined 30 of 1,000; then 15 births came late, 10 moved in and 10 went, and 500 persons were added."""
    first, second = rates(revised, GROWS, "constant_boundary")
    assert (first["numerator"], first["denominator"], first["value"]) == (40, 2000, 240)
    assert (second["numerator"], second["denominator"]) == (85, 3500)
    assert second["decomposition"] == "told"
    boundary, numerator, denominator = parts(second)
    assert boundary == pytest.approx(RATE * 70 / 3000 - 240)  # 40
    assert numerator == pytest.approx(RATE * 15 * (1 / 3500 + 1 / 3000) / 2)
    assert denominator == pytest.approx(RATE * 155 * (1 / 3500 - 1 / 3000) / 2)
    assert boundary + numerator + denominator == pytest.approx(second["change"], abs=1e-6)
    assert second["change"] == pytest.approx(RATE * 85 / 3500 - 240)


def records(row: dict[str, Any]) -> tuple[float | None, ...]:
    return tuple(row[f"change_by_{kind}"] for kind in ("late", "corrected", "withdrawn"))


def test_the_five_parts_of_a_change_add_up_to_it(revised: Settings) -> None:
    """Late, corrected, withdrawn, denominator and boundary: of the city's 5 births more, 15 came late, 10 went, and those that
    moved within it took nothing away."""
    first, second = rates(revised, CITY, "as_reported")
    assert (first["numerator"], second["numerator"]) == (323, 328)
    weight = RATE * (1 / second["denominator"] + 1 / first["denominator"]) / 2
    assert second["records"] == "told"
    assert records(second) == (pytest.approx(15 * weight), 0, pytest.approx(-10 * weight))
    five = (*records(second), second["change_by_denominator"], second["change_by_boundary"])
    assert sum(five) == pytest.approx(second["change"], abs=1e-6)
    assert second["change_by_denominator"] != 0


def test_records_of_smaller_areas_are_not_published(revised: Settings) -> None:
    """How many came late, township by township and measure by measure, would describe them."""
    _, second = rates(revised, GROWS, "as_reported")
    assert (second["records"], *records(second)) == ("not_counted", None, None, None)
    assert query(revised, "select distinct area_level from measure_revisions").rows == [("city",)]


def test_births_and_deaths_that_come_late_are_told_with_their_sign(revised: Settings) -> None:
    """Natural increase: 15 births and 30 deaths came late and 10 births went, each with its sign."""
    first, second = [
        row for row in revised_values(revised, "natural_increase_rate", CITY)
        if (row["series"], row["window"], row["clock"], str(row["period_end"])) == ("as_reported", "month", "event", "2014-10-31")
    ]  # fmt: skip
    weight = RATE * (1 / second["denominator"] + 1 / first["denominator"]) / 2
    assert second["records"] == "told"
    assert records(second) == (pytest.approx(-15 * weight), 0, pytest.approx(-10 * weight))


def test_a_change_whose_records_cannot_be_told_says_why(revised: Settings) -> None:
    said = {
        (row["clock"], row["area_code"] == CITY): row["records"]
        for area in (CITY, village(GROWS))
        for row in revised_values(revised, "crude_birth_rate", area)
        if row["series"] == "as_reported" and row["decomposition"] == "told"
    }
    assert said[("event", False)] == "not_counted", "changes are published of the city"
    assert said[("event", True)] == "told"
    assert all(records == "report_clock" for (clock, _), records in said.items() if clock == "report")
    rows = [row for area in FIRST for row in revised_values(revised, "crude_birth_rate", area)]
    untold = [row for row in rows if row["records"] != "told"]
    assert untold
    assert all(part is None for row in untold for part in records(row))


def test_every_log_reads_as_of_a_day(revised: Settings) -> None:
    """Both publications are of today: yesterday there was nothing, tonight the second stands."""
    for log in LOGS:
        key = ", ".join(f'"{column}"' for column in log.key)
        now = query(revised, f"select {key} from {log.table} order by all").rows
        as_of = f"select {key} from {log.table}_as_of(publication_on(%s)) order by all"
        assert query(revised, as_of % "current_date + 1").rows == now, log.table
        assert query(revised, as_of % "current_date - 1").rows == [], log.table
    assert query(revised, "select publication_on(current_date + 1), publication_on('2014-01-01')").rows == [(2, None)]


def test_what_was_published_first_is_read_as_it_was(revised: Settings) -> None:
    """Measures, changes of counts, the bridge and estimates, each as of both publications."""
    births = (
        "select sum(value) from measures_as_of({}) where area_code = '{}' and measure = 'births' and clock = 'event'"
    )
    assert [query(revised, births.format(n, CITY)).rows for n in (1, 2)] == [[(323,)], [(328,)]]
    kinds = "select distinct change from measure_revisions_as_of({}) where measure = 'births' order by 1"
    assert query(revised, kinds.format(1)).rows == [("first",)]
    assert query(revised, kinds.format(2)).rows == [("corrected",), ("first",), ("late",), ("withdrawn",)]


def test_as_reported_a_merger_of_later_changes_nothing(revised: Settings) -> None:
    first, second = rates(revised, GROWS, "as_reported")
    assert (first["numerator"], second["numerator"], second["denominator"]) == (40, 65, 2500)
    boundary, numerator, denominator = parts(second)
    assert second["decomposition"] == "told"
    assert boundary == 0
    assert numerator == pytest.approx(RATE * 25 * (1 / 2500 + 1 / 2000) / 2)
    assert numerator + denominator == pytest.approx(second["change"], abs=1e-6)


def test_an_area_that_never_changed_has_one_series(revised: Settings) -> None:
    _, second = rates(revised, GIVES, "as_reported")
    assert rates(revised, GIVES, "constant_boundary") == []
    assert parts(second) == (0, pytest.approx(-RATE * 10 / 2000), pytest.approx(0))
    assert rates(revised, NEVER_CHANGED, "as_reported") == [], "nothing of it was revised"


def test_a_village_whose_counts_are_withheld_leaves_the_parts_untold(revised: Settings) -> None:
    _, second = rates(revised, STAYS, "constant_boundary")
    assert (second["decomposition"], *parts(second)) == ("part_withheld", None, None, None)
    assert second["change"] is not None


def test_a_register_corrected_for_the_past_is_told_with_todays_boundaries_only(revised: Settings) -> None:
    """40 of 2,000 and 20 of 2,000 are one now, whether their births came again under the new code or not."""
    _, second = rates(revised, WAS_CORRECTED, "constant_boundary")
    assert second["decomposition"] == "told"
    assert parts(second) == (pytest.approx(RATE * (60 / 4000 - 40 / 2000)), pytest.approx(0), pytest.approx(0))
    _, reported = rates(revised, WAS_CORRECTED, "as_reported")
    assert (reported["numerator"], reported["denominator"]) == (60, 2000)
    assert (reported["decomposition"], *parts(reported)) == ("recoded_areas", None, None, None)


def test_a_split_has_no_exact_back_cast_and_no_parts(revised: Settings) -> None:
    first, second = rates(revised, TAKES_A_HALF, "constant_boundary")
    assert first["value"] == 240
    assert (second["value"], second["status"], second["change"]) == (None, "no_exact_backcast", None)
    assert (second["decomposition"], *parts(second)) == ("no_exact_backcast", None, None, None)


def test_parts_are_made_of_what_was_published_alone(revised: Settings) -> None:
    """The file of the second publication is all that is read: boundaries as either publication knew them are in it."""
    known = query(
        revised,
        f"select part_code, coefficient from area_boundaries_as_of(2) where area_code = '{GROWS}'",
    )
    assert known.rows == [(ENDS, 1)]
    assert query(revised, "select * from area_boundaries_as_of(1)").rows == []


def kinds(settings: Settings, measure: str, area: str) -> dict[tuple[str, str], tuple[float, float]]:
    """(snapshot, change) -> records added and taken of October."""
    found = exact(
        settings,
        f"""select substr(vintage_month::varchar, 1, 7), change, records_added, records_taken from marts.measure_revisions
        where measure = '{measure}' and area_code = '{area}' and event_month = '2014-10-01'""",
    )
    return {(month, change): (added, taken) for month, change, added, taken in found}


def exact(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def test_records_that_came_moved_and_went_are_told_apart(revised: Settings) -> None:
    assert kinds(revised, "births", GROWS) == {
        ("2014-10", "first"): (40, 0), ("2014-11", "late"): (15, 0), ("2014-11", "corrected"): (10, 0)}  # fmt: skip
    assert kinds(revised, "births", GIVES) == {("2014-10", "first"): (50, 0), ("2014-11", "corrected"): (0, 10)}
    assert kinds(revised, "births", ENDS) == {("2014-10", "first"): (30, 0), ("2014-11", "withdrawn"): (0, 10)}


def test_another_register_than_births_is_told_apart_by_the_same_rule(revised: Settings) -> None:
    """Of 60 procedures 20 went, 10 got a due date, 10 moved to another township, and 30 more came."""
    assert kinds(revised, "procedures", STAYS) == {
        ("2014-10", "first"): (60, 0), ("2014-11", "late"): (30, 0), ("2014-11", "withdrawn"): (0, 20),
        ("2014-11", "corrected"): (10, 20)}  # fmt: skip
    assert kinds(revised, "procedures", GIVES) == {("2014-11", "corrected"): (10, 0)}
    assert kinds(revised, "procedures", CITY) == {
        ("2014-10", "first"): (60, 0), ("2014-11", "late"): (30, 0), ("2014-11", "withdrawn"): (0, 20),
        ("2014-11", "corrected"): (20, 20)}  # fmt: skip
    assert kinds(revised, "procedures_due", STAYS) == {("2014-11", "late"): (10, 0)}


def test_the_triangle_adds_up_what_came_and_went(revised: Settings) -> None:
    """A row per value that was known, and from which snapshot to which; ten procedures got a due date later."""
    found = exact(
        revised,
        """select measure, substr(vintage_month::varchar, 1, 7), substr(replaced_month::varchar, 1, 7), value
        from marts.measure_triangle where area_level = 'city' and event_month = '2014-10-01'
            and measure in ('births', 'procedures', 'procedures_due')
        order by all""",
    )
    assert found == [
        ("births", "2014-10", "2014-11", 323), ("births", "2014-11", None, 328),
        ("procedures", "2014-10", "2014-11", 60), ("procedures", "2014-11", None, 70),
        ("procedures_due", "2014-11", None, 10),
    ]  # fmt: skip
