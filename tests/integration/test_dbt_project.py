"""The dbt project as a whole: it builds, its unit and data tests pass, and its shape holds."""

import csv
import re
import sys
from pathlib import Path

import pytest
import yaml

from orchestration.landing.contracts import load_contracts

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT, ScratchWarehouse

SEEDS = PROJECT / "seeds"
EVENT_COUNTS = PROJECT / "macros/event_counts.sql"
MEASURES = sorted(PROJECT.glob("models/intermediate/measures/int_measures__*.sql"))
RECORD_NUMBER = "[A-Z]{1,3}[A-Z0-9-]{1,20}"  # as contracts write it
AREAS = {
    "990100000000": "city",
    "990101000000": "county",
    "990101001000": "township",
    "990101001001": "village",
    "990101001002": "village",
    "990102000000": "county",
    "990102001000": "township",
    "990102001001": "village",
}


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SEEDS / f"{name}.csv").open(encoding="utf-8")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    """Two counties, 14 months; 120 births a year in one village and 60 in a village that no area register knows."""
    warehouse = ScratchWarehouse(tmp_path_factory.mktemp("project"))
    warehouse.add_areas(AREAS)
    for register in ("population", "births", "deaths", "birth_certificates", "official_population"):
        warehouse.land(register, "'990101', '990102'", "2014-10-01", "2015-11-01")
    warehouse.execute("""
        update landing.deliveries set status = 'held'
        where register = 'population' and area_code = '990102' and month = '2015-03-01'
    """)
    for county, village, births in (("990101", "990101001001", 120), ("990102", "990102001777", 60)):
        warehouse.add_births(
            county,
            f"""
            select
                '{village}' || i as birth_no, date '2014-10-01' + (i * 365 // {births})::int as birth_date,
                case when i % 21 < 11 then 'male' else 'female' end as sex, 1 + (i % 3)::int as parity,
                date '1990-01-01' as mother_birth_date,
                case when i % 10 = 0 then 'out_of_policy' else 'in_policy' end as policy_status, '{village}' as area
            from range({births}) as numbers (i)
            """,
        )
    warehouse.execute("""
        insert into raw.population (
            id_pseudonym, sex, birth_date, area, status, registered_at,
            _area, _scope, _row_hash, _valid_from, _opened_by
        )
        select
            'p' || i, case when i % 2 = 0 then 'female' else 'male' end, date '1950-01-01' + (i * 11)::int,
            case when i < 2000 then '990101001001' else '990102001001' end, 'registered', date '2010-01-01',
            case when i < 2000 then '990101' else '990102' end, 'all', i, date '2014-10-01', 1
        from range(2400) as persons (i)
    """)
    warehouse.dbt("build")
    return warehouse


def test_build_with_unit_and_data_tests_passes(built: ScratchWarehouse) -> None:
    [(indicators,)] = built.rows("select count(distinct indicator) from marts.indicator_values")
    assert indicators == 63


def test_building_twice_changes_nothing(built: ScratchWarehouse) -> None:
    tables = ("marts.measures", "marts.indicator_values", "marts.assessments", "published.indicator_values")
    fingerprint = " union all ".join(
        f"select count(*), sum(hash(columns(*))) from (select hash(t) from {t} as t)" for t in tables
    )
    before = built.rows(fingerprint)
    built.dbt("build", "--exclude-resource-type", "unit_test")
    assert built.rows(fingerprint) == before


def test_county_total_keeps_births_of_an_unregistered_village(built: ScratchWarehouse) -> None:
    rows = built.rows("""
        select area_code, sum(value) from marts.measures
        where measure = 'births' and clock = 'event' group by area_code having sum(value) > 0
    """)
    assert dict(rows) == {
        "990100000000": 180, "990101000000": 120, "990101001000": 120, "990101001001": 120,
        "990102000000": 60, "990102001000": 60,
    }  # fmt: skip


def test_every_level_adds_up_to_the_next(built: ScratchWarehouse) -> None:
    """Counties to the city, for every measure on both clocks, where every county has delivered."""
    assert not built.rows("""
        with sums as (
            select area_level, month, clock, measure, stratum, sum(value) as value from marts.measures
            where area_level in ('city', 'county') group by all
        )
        select * from sums as city join sums as counties using (month, clock, measure, stratum)
        where city.area_level = 'city' and counties.area_level = 'county' and city.value <> counties.value
    """)


def test_a_held_delivery_is_no_delivery_and_no_nought(built: ScratchWarehouse) -> None:
    rows = built.rows("""
        select area_code, status from marts.indicator_values
        where indicator = 'register_duplicates' and "window" = 'month' and clock = 'event'
            and period_end = '2015-03-31' and area_level in ('city', 'county')
        order by area_code
    """)
    assert rows == [("990100000000", "no_delivery"), ("990101000000", "ok"), ("990102000000", "no_delivery")]
    assert not built.rows("""
        select * from marts.measures
        where measure = 'population' and area_code = '990102000000' and month = '2015-03-01'
    """)


def test_neither_pseudonyms_nor_record_numbers_leave_the_intermediate_layer(built: ScratchWarehouse) -> None:
    """Of no register: identifiers, dropped columns, and everything numbered like a record but institutions."""
    registers = load_contracts(PROJECT).values()
    columns = [column for register in registers for column in register.columns]
    numbered = {column.name for column in columns if column.pattern == RECORD_NUMBER} - {"institution"}
    assert {"birth_no", "case_no", "treasury_receipt", "post_no"} <= numbered
    forbidden = numbered | {"mother_birth_date"} | {column.name for column in columns if column.role != "plain"}
    found = built.rows("""
        select table_name, column_name from information_schema.columns where table_schema in ('marts', 'published')
    """)
    assert len({table for table, _ in found if table.startswith("fct_")}) > 25
    assert [(t, c) for t, c in found if "pseudonym" in c or c in forbidden] == []


def test_population_by_sex_and_age_adds_up_to_the_stock(built: ScratchWarehouse) -> None:
    """Both come from the same spells by different ways; women of 15 to 49 add up as well."""
    totals = built.rows("""
        select area_code, month, sum(persons), coalesce(sum(persons) filter (sex = 'female' and from_age between 15 and 45), 0)
        from marts.fct_population group by all order by all
    """)
    assert totals
    assert totals == built.rows("""
        select area_code, month, sum(population), sum(women)
        from intermediate.int_population__stock group by all having sum(population) > 0 order by all
    """)


def test_published_schema_has_no_person_level_table(built: ScratchWarehouse) -> None:
    tables = {
        name
        for (name,) in built.rows("select table_name from information_schema.tables where table_schema = 'published'")
    }
    assert tables == {
        "dim_area", "dim_date", "indicators", "measure_catalogue", "targets", "schemes", "registers",
        "measures", "indicator_values", "indicator_funnels", "assessments", "birth_estimates", "deliveries", "delivery_calendar",
        "quality_results", "quality_alerts", "quality_checks", "windows", "publication_scope", "attestations",
        "attested_items", "clock_bridge",
        "attested_item_indicators",
        "measure_revisions", "indicator_values_constant_boundary",
        "dim_area_history", "dim_policy_regime", "quality_scores", "reporting_scores", "provisional_reasons",
        "integrity_signals", "integrity_methods", "area_boundaries", "printed_figures_checked", "reported_figures_compared",
    }  # fmt: skip


def test_published_verdicts_are_those_of_the_marts_at_city_level(built: ScratchWarehouse) -> None:
    """The city is published exactly, so its verdicts cannot differ."""
    assert not built.rows(
        "select * from marts.assessments where scheme = 'ezhou' except select * from published.assessments"
    )
    [(assessed,)] = built.rows("select count(*) from marts.assessments where scheme = 'ezhou' and reason = ''")
    assert assessed > 0


def test_a_population_without_any_delivery_builds_empty(tmp_path: Path) -> None:
    warehouse = ScratchWarehouse(tmp_path)
    warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert warehouse.rows("select count(*) from published.indicator_values") == [(0,)]


def test_every_model_and_column_is_described_and_states_its_grain() -> None:
    undescribed = []
    for path in PROJECT.glob("models/**/*__models.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            if "one row per" not in model["description"].lower():
                undescribed.append(model["name"])
            undescribed += [
                f"{model['name']}.{column['name']}" for column in model["columns"] if not column.get("description")
            ]
    assert undescribed == []


def test_every_model_has_properties() -> None:
    described = {
        model["name"]
        for path in PROJECT.glob("models/**/*__models.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }
    assert {path.stem for path in PROJECT.glob("models/**/*.sql")} == described


def test_attested_items_are_those_that_the_register_of_supervision_codes() -> None:
    items = [row["item"] for row in seed("attested_items")]
    assert sorted(items) == sorted(load_contracts(PROJECT)["inspections"].column("item").codes)
    assert [sum(row["level"] == level for row in seed("attested_items")) for level in ("county", "township", "village")] == [
        4, 5, 6]  # fmt: skip


def test_every_measure_of_the_seed_is_computed_and_every_computed_one_is_in_the_seed() -> None:
    lines = "\n".join(path.read_text(encoding="utf-8") for path in (EVENT_COUNTS, *MEASURES))
    computed = re.findall(r"^\s+'([a-z_0-9]+)': \"", lines, flags=re.MULTILINE)
    entities = (PROJECT / "models/intermediate/entities/int_entities__seen.sql").read_text(encoding="utf-8")
    computed += re.findall(r"'([a-z_0-9]+)' as measure", entities)
    assert sorted(computed) == sorted(row["measure"] for row in seed("measures"))


def test_what_counts_records_is_an_event_count_or_links_registers() -> None:
    """Every other count of records is one that a version of a record does not tell: revisions know it not, for that reason."""
    lines = "\n".join(path.read_text(encoding="utf-8") for path in MEASURES)
    counted = re.findall(r"^\s+'([a-z_0-9]+)': \"count", lines, flags=re.MULTILINE)
    assert sorted(counted) == [
        "births_by_age",  # in strata
        "births_in_policy_beyond_regime", "births_out_of_policy_within_regime",  # by the regime of day and county
        "defect_prevention_covered", "defect_prevention_eligible",  # pregnancies and health checks
        "fee_cases_filed",  # births and fee cases
        "pregnancies_evidenced", "pregnancies_outcome_due", "pregnancies_outcome_unrecorded",  # by what was on record when
        "pregnancies_registered_before_outcome",
        "prepregnancy_checked", "prepregnancy_eligible",  # marriages and health checks
        "reported_figures", "reported_figures_confirmed",  # by what the warehouse counts
        "resident_eligible",
        "townships",  # a stock
    ]  # fmt: skip


def test_event_counts_know_which_registers_are_delivered_whole() -> None:
    entries = re.findall(r"'register': '([a-z_]+)', (.*)", EVENT_COUNTS.read_text(encoding="utf-8"))
    contracts = load_contracts(PROJECT)
    assert len(entries) > 20
    assert {(register, "'is_whole': true" in rest) for register, rest in entries} == {
        (register, contracts[register].mode == "full") for register, _ in entries
    }


def test_every_register_feeds_a_measure() -> None:
    fed = {register for row in seed("measures") for register in row["register"].split("|")}
    assert {row["register"] for row in seed("registers") if row["reported_by"] == "county"} == fed


def test_catalogue_is_whole() -> None:
    rows = seed("indicators")
    assert len({row["indicator"] for row in rows}) == len(rows) == 63
    assert all(
        row["name_zh"] and row["name_en"] and row["definition"] and row["definition_zh"] and row["unit"] for row in rows
    )
    assert {row["indicator"] for row in seed("targets")} <= {row["indicator"] for row in rows}


def test_weighted_shares_name_the_squares_of_their_weights() -> None:
    """All three are of the same interviews, and there are no sums of weights but theirs: disclosure control knows them so."""
    measures = {row["measure"]: row for row in seed("measures")}
    weighted = [row for row in seed("indicators") if row["interval_method"] == "weighted_share"]
    named = {row[part] for row in weighted for part in ("numerator", "denominator", "effective")}
    assert named == {row["measure"] for row in measures.values() if row["unit"].startswith("weight")}
    for row in weighted:
        above, below, squares = (measures[row[part]] for part in ("numerator", "denominator", "effective"))
        assert row["numerator_less"] == "" and squares["strata"] == ""
        assert (above["unit"], below["unit"], squares["unit"]) == ("weight", "weight", "weight²")
        for part in ("register", "kind", "window_rule", "finest_level"):
            assert above[part] == below[part] == squares[part]


def test_money_of_persons_names_its_payments() -> None:
    """By them disclosure control knows how many stand behind an amount; nothing else but a weighted share names such a count."""
    units = {row["measure"]: row["unit"] for row in seed("measures")}
    counted = [row for row in seed("indicators") if row["effective"] and row["interval_method"] != "weighted_share"]
    assert {row["indicator"] for row in counted} == {"fee_collection_rate", "fee_treasury_rate"}
    assert {units[row["effective"]] for row in counted} == {"payments"}
    of_fees = {row["indicator"] for row in seed("indicators") if row["numerator"].startswith("fee_amount")}
    assert of_fees == {row["indicator"] for row in counted}


def test_indicators_sum_rates_only_over_strata() -> None:
    """A rate that adds up strata has stratified measures on both sides, any other has none."""
    strata = {row["measure"]: row["strata"] for row in seed("measures")}
    for row in seed("indicators"):
        if row["numerator"] in strata and row["denominator"] in strata:
            assert strata[row["numerator"]] == strata[row["denominator"]], row["indicator"]
            assert (strata[row["numerator"]] != "") == (row["interval_method"] == "rate_sum"), row["indicator"]
