"""Published figures, put into one scratch warehouse as rows and counted by the models themselves.

Every case has a county of its own, so one run of the project serves all of them:
01 an annual county form, 02 a township's half-year, 03 the census of 2010, 04 Taiwan 2000, 05 two lists of births,
06 a form with under-reported births.
All events fall into 2014; the arithmetic does not know years.
"""

import csv
from pathlib import Path

import pytest
from scratch_warehouse import ScratchWarehouse

CENSUS = list(csv.DictReader((Path(__file__).parent / "census_2010_women_births.csv").open(encoding="utf-8")))
COUNTIES = "'990101', '990102', '990103', '990104', '990105', '990106'"
AREAS = {
    "990100000000": "city",
    "990101000000": "county",
    "990102000000": "county",
    "990102001000": "township",
    "990102001001": "village",
    "990103000000": "county",
    "990104000000": "county",
    "990105000000": "county",
    "990106000000": "county",
}


def births(area: str, groups: list[tuple[int, str, int, str]], mothers: list[tuple[int, int]] | None = None) -> str:
    """A query of births: groups of (count, sex, parity, policy status) and mothers of (count, age), in that order."""
    kinds = [
        (count, f"'{sex}' as sex, {parity} as parity, '{policy}' as policy_status")
        for count, sex, parity, policy in groups
    ]
    ages = [(count, f"{age} as age") for count, age in mothers or [(10**9, 27)]]
    return f"""
        with rows as (select i from range({sum(group[0] for group in groups)}) as numbers (i)),
        kinds as ({_runs(kinds)}),
        mothers as ({_runs(ages)})
        select
            '{area}-' || i as birth_no, date '2014-01-01' + (i % 181)::int as birth_date, sex, parity,
            (date '2014-01-01' - to_years(age) - interval 180 days)::date as mother_birth_date,
            policy_status, '{area}' as area
        from rows
        join kinds on i >= kinds.first and i < kinds.after
        join mothers on i >= mothers.first and i < mothers.after
    """


def _runs(groups: list[tuple[int, str]]) -> str:
    """Consecutive ranges of row numbers, each with its columns."""
    parts, first = [], 0
    for count, columns in groups:
        parts.append(f"select {first} as first, {first + count} as after, {columns}")
        first += count
    return " union all ".join(parts)


def _county_form(warehouse: ScratchWarehouse) -> None:
    groups = [
        (3293, "male", 1, "in_policy"), (4, "male", 1, "out_of_policy"),
        (978, "male", 2, "in_policy"), (223, "male", 2, "out_of_policy"),
        (13, "male", 3, "in_policy"), (27, "male", 3, "out_of_policy"),
    ]  # fmt: skip
    warehouse.add_births("990101", births("990101000000", groups))
    # The form gives no cross-table of sex: 2,172 girls are spread over the rows.
    warehouse.execute(
        "update raw.births set sex = 'female' where area = '990101000000' and split_part(birth_no, '-', 2)::int < 2172",
        population("990101", 555_228, 556_878),
    )


def population(county: str, start: int, end: int) -> str:
    """A statement that registers so many persons at the start and at the end of the year."""
    return f"""
        insert into raw.population (
            id_pseudonym, sex, birth_date, area, status, registered_at,
            _area, _scope, _row_hash, _valid_from, _opened_by
        )
        select
            'p{county}' || i, 'male', date '1980-01-01', '{county}000000', 'registered', date '2010-01-01',
            '{county}', 'all', i, case when i < {start} then date '2013-12-01' else date '2014-12-01' end, 1
        from range({end}) as persons (i)
    """


def certificates(county: str, total: int, registered: int) -> str:
    """A statement that certifies so many births of a county, of which the first ones are those on its register."""
    return f"""
        insert into raw.birth_certificates (
            certificate_no, mother_id_pseudonym, birth_date, sex, area, issued_on,
            _area, _scope, _row_hash, _valid_from, _opened_by
        )
        select
            'C{county}' || i,
            case when i < {registered} then '{county}000000-' || i else 'unregistered{county}-' || i end,
            date '2014-01-01' + (i % 181)::int as birth_date, 'male', '{county}000000', birth_date, '{county}', '2014', 0,
            date_trunc('month', birth_date)::date, 1
        from range({total}) as births (i)
    """


def _two_lists(warehouse: ScratchWarehouse) -> None:
    warehouse.add_births("990105", births("990105000000", [(723, "male", 1, "in_policy")]))
    warehouse.execute(certificates("990105", 595, 572))


def _under_reported(warehouse: ScratchWarehouse) -> None:
    """Reported: 5,706 births, of which a list finds nine in ten. Corrected: 6,340; growth is births less deaths."""
    warehouse.add_births("990106", births("990106000000", [(5_706, "male", 1, "in_policy")]))
    warehouse.execute(
        certificates("990106", 1_000, 900),
        population("990106", 321_252, 321_252 + 6_340 - 1_763),
        """
        insert into raw.deaths (
            death_no, id_pseudonym, sex, birth_date, death_date, area, registered_at,
            _area, _scope, _row_hash, _valid_from, _opened_by
        )
        select
            'D' || i, 'd' || i, 'male', date '1940-01-01', date '2014-06-01', '990106000000', date '2014-06-02',
            '990106', '2014', i, date '2014-06-01', 1
        from range(1763) as persons (i)
        """,
    )


def _census(warehouse: ScratchWarehouse) -> None:
    """Sexes by parity as integers that give the published ratios and the published totals of boys and girls."""
    boys = {1: 393_698, 2: 210_631, 3: 47_753}
    totals = {1: 739_866, 2: 372_295, 3: 77_899}
    groups = [(boys[p], "male", p, "in_policy") for p in boys]
    groups += [(totals[p] - boys[p], "female", p, "in_policy") for p in boys]
    mothers = [(int(row["births"]), int(row["age_group"][:2]) + 2) for row in CENSUS]
    warehouse.add_births("990103", births("990103000000", groups, mothers))


def _census_women(warehouse: ScratchWarehouse) -> None:
    """36 million women are put in as the counts that the population model makes of persons."""
    values = ", ".join(f"('{row['age_group']}', {row['women']})" for row in CENSUS)
    warehouse.execute(f"""
        insert into intermediate.int_population__stock
        select '990103000000', age_group, month::date, 0, 0, 0, 0, women, 0
        from (values {values}) as listed (age_group, women),
            (values (date '2013-12-01'), (date '2014-12-01')) as months (month)
    """)


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    warehouse = ScratchWarehouse(tmp_path_factory.mktemp("golden"))
    warehouse.add_areas(AREAS)
    for register in ("population", "births", "deaths", "birth_certificates", "official_population"):
        warehouse.land(register, COUNTIES, "2013-12-01", "2014-12-01")
    _county_form(warehouse)
    warehouse.add_births(
        "990102",
        births("990102001001", [(251, "male", 1, "in_policy"), (185, "female", 1, "in_policy")]),
    )
    _census(warehouse)
    warehouse.add_births(
        "990104",
        births("990104000000", [(160_529, "male", 1, "in_policy"), (146_671, "female", 1, "in_policy")]),
    )
    _two_lists(warehouse)
    _under_reported(warehouse)
    warehouse.dbt("build", "--select", "+int_population__stock", "--resource-type", "seed", "--resource-type", "model")
    _census_women(warehouse)
    warehouse.dbt("build", "--exclude", "+int_population__stock", "--exclude-resource-type", "unit_test")
    return warehouse
