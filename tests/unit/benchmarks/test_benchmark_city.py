"""The benchmark city: areas of a whole city, and clones that keep their links."""

from collections import Counter

import duckdb
import pytest

from benchmarks.city import SOURCE_PERSONS, multiply, parts_of
from orchestration.demo.places import build_city
from orchestration.landing.contracts import load_contracts
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

CLONES = 40
CITY, COUNTY = "990100", "990101"
AREAS = {
    f"{CITY}000000": "city", f"{COUNTY}000000": "county", f"{COUNTY}001000": "township", f"{COUNTY}001001": "village",
    f"{COUNTY}001002": "village",
}  # fmt: skip


def test_a_whole_city_has_its_townships_and_each_takes_after_one() -> None:
    city = build_city(SOURCE_PERSONS, seed=1)
    known = [area.code for area in city.areas if area.closed is None]
    parts = list(parts_of(known, 18 * SOURCE_PERSONS))
    areas = {part.area for part in parts}
    assert len(areas) == len(parts)
    assert sum(code.endswith("000") for code in areas) == 161
    assert {code[:9] + "000" for code in areas} == {code for code in areas if code.endswith("000")}
    assert all(part.area[:6] == part.source[:6] for part in parts)
    assert {part.source for part in parts if part.copy == 0 and part.area == part.source} == {
        code for code in known if code[6:9] != "000"
    }


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    """A row that landed in October 2013 and stands."""
    row = {"_area": COUNTY, "_scope": "all", "_row_hash": 7, "_valid_from": "2013-10-01", "_opened_by": 1} | values
    connection.execute(
        f"insert into raw.{table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", [*row.values()]
    )


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """One woman of one village and what hangs on her, as so many clones."""
    folder = tmp_path_factory.mktemp("city")
    small, home = Settings(home=folder / "small"), Settings(home=folder / "home")
    with open_warehouse(small, load_contracts(small.dbt_project)) as connection:
        for code, level in AREAS.items():
            insert(connection, "areas", area=code, name=code, level=level, valid_from="1990-01-01", _area=CITY)
        retired = f"{COUNTY}001003"
        insert(
            connection, "areas", area=retired, name="x", level="village", valid_from="1990-01-01", valid_to="2000-01-01"
        )
        at = {"area": f"{COUNTY}001001"}
        for month in ("2013-10-01", "2013-11-01"):
            insert(connection, "population", id_pseudonym="a" * 32, sex="female", _valid_from=month, **at)
        insert(connection, "births", birth_no="B1", mother_id_pseudonym="a" * 32, institution="YL1", **at)
        insert(connection, "births", birth_no="B2", mother_id_pseudonym="b" * 32, area=f"{COUNTY}099001")
        insert(connection, "fee_cases", case_no="A1", birth_no="B1", **at)
        insert(connection, "fee_payments", payment_no="F1", case_no="A1", amount=10)
        insert(connection, "budgets", area=f"{COUNTY}001000", year=2013, amount=300)
        insert(connection, "budgets", area=f"{COUNTY}000000", year=2013, amount=300)
        insert(connection, "surveys", interview_no="S1", survey="S2013-1", **at)
    for _ in range(2):  # what landed is replaced, not added to
        rows = multiply(home, small.warehouse, CLONES * 1_300, CLONES)
    assert rows["population"] == 2 * CLONES
    return duckdb.connect(str(home.warehouse), read_only=True)


def found(city: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return city.execute(query).fetchall()


def test_the_links_of_a_clone_hold(city: duckdb.DuckDBPyConnection) -> None:
    rows = found(
        city,
        """select count(distinct p.id_pseudonym), count(distinct f.payment_no), count(distinct b.area), min(b.institution),
            bool_and(b.area = c.area and b.area = p.area)
        from raw.births as b inner join raw.population as p on b.mother_id_pseudonym = p.id_pseudonym
        inner join raw.fee_cases as c using (birth_no) inner join raw.fee_payments as f using (case_no)""",
    )
    assert rows == [(CLONES, CLONES, 7 * 3, "YL1", True)]  # hers became 7 of 13 villages in each of 3 townships
    assert found(city, "select count(*) from raw.births where birth_no like 'B1%'") == [(CLONES,)]


def test_a_code_that_the_area_register_lacks_stays(city: duckdb.DuckDBPyConnection) -> None:
    rows = found(city, "select area, count(*) from raw.births where birth_no like 'B2%' group by area")
    assert rows == [(f"{COUNTY}099001", CLONES)]


def test_areas_have_their_share_of_a_sum_and_a_sample_keeps_its_size(city: duckdb.DuckDBPyConnection) -> None:
    budgets = dict(found(city, "select area, amount from raw.budgets"))
    townships = [code for (code,) in found(city, "select area from raw.areas where level = 'township'")]
    assert len(townships) == 3  # 52,000 persons
    assert budgets.pop(f"{COUNTY}000000") == 300 * CLONES
    assert budgets == dict.fromkeys(townships, 300 * CLONES / 3)
    (sample,) = found(city, "select area, survey from raw.surveys")
    assert sample[0] in {code for (code,) in found(city, "select area from raw.areas where level = 'village'")}
    assert sample[1] == "S2013-1"


def test_a_retired_village_is_not_multiplied(city: duckdb.DuckDBPyConnection) -> None:
    ended = found(city, "select area from raw.areas where valid_to is not null")
    assert ended == [(f"{COUNTY}001003",)]
    codes = Counter(code for (code,) in found(city, "select area from raw.areas"))
    assert set(codes.values()) == {1}
