"""Facts and dimensions: every fact is held to its dimensions, and the dimensions hold what the registers say."""

import csv
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT, ScratchWarehouse

from orchestration.documents.stars import dimension_keys, subjects
from orchestration.landing.contracts import load_contracts

COUNTY, VILLAGE = "990101", "990101001001"
AREAS = {"990100000000": "city", "990101000000": "county", "990101001000": "township", VILLAGE: "village"}
# Only tests whose models are all built; unit tests run elsewhere.
QUICK = ("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")
FACTS = {
    model["name"]: model for _, models in subjects(PROJECT) for model in models if model["name"].startswith("fct_")
}


def birth(number: str, day: str, village: str = VILLAGE) -> str:
    return f"""select '{number}' as birth_no, date '{day}' as birth_date, 'male' as sex, 1 as parity,
        date '1950-01-01' as mother_birth_date, 'in_policy' as policy_status, '{village}' as area"""


@pytest.fixture
def warehouse(tmp_path: Path) -> ScratchWarehouse:
    made = ScratchWarehouse(tmp_path)
    made.add_areas(AREAS)
    made.land("births", f"'{COUNTY}'", "2014-10-01", "2014-11-01")
    made.add_births(COUNTY, birth("B1", "2014-10-03"))
    return made


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_joins_the_areas_and_only_dimensions_that_exist(name: str) -> None:
    keys = dimension_keys(FACTS[name])
    assert keys["area_code"] == "dim_area.area_code"
    dimensions = {
        f"{model['name']}.{column['name']}"
        for _, models in subjects(PROJECT) for model in models if model["name"].startswith("dim_")
        for column in model["columns"]
    }  # fmt: skip
    assert set(keys.values()) <= dimensions
    assert set(keys) <= {column["name"] for column in FACTS[name]["columns"]}


def test_every_register_has_a_fact_that_reads_it() -> None:
    """Except what dimensions, denominators and comparisons are made of."""
    elsewhere = {"areas", "official_population", "reported_figures", "pregnancy_visits"}
    assert {f"fct_{register}" for register in set(load_contracts(PROJECT)) - elsewhere} <= set(FACTS)


def test_a_key_that_no_dimension_has_fails_the_build(warehouse: ScratchWarehouse) -> None:
    """A birth of 1970 lies before the calendar: the fact is held to its dimensions by name."""
    star = ("+fct_births", "+dim_area", "+dim_date", "+dim_institution")
    warehouse.dbt("build", "--select", *star, *QUICK)
    warehouse.add_births(COUNTY, birth("B2", "1970-01-01"))
    with pytest.raises(AssertionError, match=r"in_dimensions_fct_births.*Got 1 result"):
        warehouse.dbt("build", "--select", *star, *QUICK)


def test_a_code_that_came_back_has_two_validities_and_is_published_once(warehouse: ScratchWarehouse) -> None:
    warehouse.execute(f"""
        insert into raw.areas
            (area, name, name_en, level, valid_from, valid_to, _area, _scope, _row_hash, _valid_from, _opened_by)
        values ('{VILLAGE}', 'before', 'before', 'village', date '1990-01-01', date '1998-12-31', '990100', 'all', 1,
            date '2013-01-01', 1)
    """)
    warehouse.dbt("build", "--select", "+published__dim_area", "+published__dim_area_history", *QUICK)
    of_village = f"from published.{{}} where area_code = '{VILLAGE}' order by valid_from"
    assert [str(day) for (day,) in warehouse.rows("select valid_from " + of_village.format("dim_area_history"))] == [
        "1990-01-01", "2000-01-01",
    ]  # fmt: skip
    assert [str(day) for (day,) in warehouse.rows("select valid_from " + of_village.format("dim_area"))] == [
        "2000-01-01"
    ]


def test_a_day_knows_its_periods_and_its_regime(warehouse: ScratchWarehouse) -> None:
    warehouse.dbt("build", "--select", "+dim_date", *QUICK)
    rows = warehouse.rows("""
        select date_day::varchar, quarter, half_year, policy_year, policy_year_month_no, is_month_end, policy_regime
        from marts.dim_date
        where date_day in ('1980-09-25', '2013-12-27', '2013-12-28', '2014-06-30', '2014-09-30', '2014-10-01', '2015-12-31')
        order by date_day
    """)
    assert rows == [
        ("1980-09-25", 3, 2, 1980, 12, False, "one_child"),
        ("2013-12-27", 4, 2, 2014, 3, False, "one_child"),
        ("2013-12-28", 4, 2, 2014, 3, False, "one_parent_only_child"),
        ("2014-06-30", 2, 1, 2014, 9, True, "one_parent_only_child"),
        ("2014-09-30", 3, 2, 2014, 12, True, "one_parent_only_child"),
        ("2014-10-01", 4, 2, 2015, 1, False, "one_parent_only_child"),
        ("2015-12-31", 4, 2, 2016, 3, True, "one_parent_only_child"),
    ]
    assert warehouse.rows("select min(date_day), max(date_day), count(*) from marts.dim_date") == warehouse.rows(
        "select date '1980-09-25', date '2015-12-31', 12881"
    )


def test_methods_are_the_codes_of_the_contracts_under_their_names() -> None:
    registers = load_contracts(PROJECT)
    used = registers["contraception_use"].column("method").codes
    done = registers["procedures"].column("procedure_type").codes
    assert used and done
    with (PROJECT / "seeds" / "methods.csv").open(encoding="utf-8", newline="") as handle:
        methods = {row["method"]: row for row in csv.DictReader(handle)}
    assert methods.keys() == {*used, *done}
    for code, row in methods.items():
        assert row["name_zh"] == (used.get(code) or done[code])[0]
        assert (row["is_procedure"] == "true") == (code in done)
        assert (row["is_contraceptive"] == "true") == (code in used and code != "none")
