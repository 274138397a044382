"""The facts of the office's file: counted by township and month, never a row of a person."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.publish.office_facts import MOST_CODES, BadDeclaration, counted_facts
from orchestration.settings import Settings

FACTS = {fact.name: fact for fact in counted_facts(Settings().dbt_project)}
AREAS = """
create schema marts; create schema intermediate;
create table marts.dim_area as select * from (values
    ('990101001001', '990101001000', true), ('990101001002', '990101001000', true), ('990101001000', '990101001000', true),
    ('990101000000', null, true), ('990101001001', '990101009000', false)) as t(area_code, township_code, is_latest);
create table intermediate.int_months as select unnest([date '2014-01-01', date '2014-02-01', date '2014-03-01']) as month;
"""


@pytest.fixture(name="marts")
def _marts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(AREAS)
    return connection


def declared(tmp_path: Path, **counted: Any) -> Path:
    """A project with one fact that is counted as given."""
    columns = {"birth_date": "date", "sex": "string", "parity": "int", "amount": "decimal(18, 2)"} | {
        f"code_{n}": "int" for n in range(MOST_CODES + 1)
    }
    model = {
        "name": "fct_births",
        "columns": [{"name": name, "data_type": kind} for name, kind in columns.items()],
        "config": {"meta": {"counted": {"of": "births", "month": "birth_date", **counted}}},
    }
    folder = tmp_path / "models" / "marts" / "births"
    folder.mkdir(parents=True)
    (folder / "_births__models.yml").write_text(yaml.safe_dump({"models": [model]}), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("counted", "problem"),
    [
        ({"by": ["birth_date"]}, "birth_date is no code"),
        ({"by": ["mother"]}, "mother is no column of it"),
        ({"by": [f"code_{n}" for n in range(MOST_CODES + 1)]}, "more than 5 codes"),
        ({"sums": ["sex"]}, "sex is no number"),
        ({"month": "sex"}, "sex is no date"),
    ],
)
def test_what_would_not_count_is_refused(counted: dict[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(BadDeclaration, match=rf"fct_births: .*{problem}"):
        counted_facts(declared(tmp_path, **counted))


def test_a_fact_without_a_declaration_is_refused(tmp_path: Path) -> None:
    project = declared(tmp_path)
    path = project / "models" / "marts" / "births" / "_births__models.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("counted", "told"), encoding="utf-8")
    with pytest.raises(BadDeclaration, match="fct_births does not say how it is counted"):
        counted_facts(project)


def test_events_are_counted_by_township_month_and_codes(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Villages of one township are one row; a county's own stay with it; an earlier township of a code counts nothing twice."""
    marts.execute("""create table marts.fct_births as select * from (values
        ('990101001001', '990101000000', date '2014-01-03', 'male', 5.0),
        ('990101001002', '990101000000', date '2014-01-30', 'male', 2.5),
        ('990101001002', '990101000000', date '2014-02-01', 'male', 1.0),
        ('990101000000', '990101000000', date '2014-01-09', 'female', 1.0)
        ) as t(area_code, county_code, birth_date, sex, amount)""")
    (fact,) = counted_facts(declared(tmp_path, by=["sex"], sums=["amount"]))
    rows = [tuple(str(cell) for cell in row) for row in marts.execute(fact.query()).fetchall()]
    assert rows == [
        ("990101000000", "990101000000", "2014-01-01", "female", "1", "1.0"),
        ("990101001000", "990101000000", "2014-01-01", "male", "2", "7.5"),
        ("990101001000", "990101000000", "2014-02-01", "male", "1", "1.0"),
    ]


def test_a_spell_counts_in_each_month_in_which_it_stood(marts: duckdb.DuckDBPyConnection) -> None:
    """From its first month to the month before the one in which it stood no more; an open one up to the calendar's last."""
    marts.execute("""create table marts.fct_staff as select * from (values
        ('990101001000', '990101000000', 'township', 'medical', true, true, 10, 9, date '2014-01-01', date '2014-03-01'),
        ('990101001000', '990101000000', 'township', 'medical', true, true, 20, 20, date '2014-02-01', null)
        ) as t(area_code, county_code, post_level, post_type,
            is_on_establishment, is_certified, pay_due, pay_paid, from_month, to_month)""")
    rows = marts.execute(f"select month::varchar, posts, pay_due from ({FACTS['fct_staff'].query()})").fetchall()
    assert rows == [("2014-01-01", 1, 10), ("2014-02-01", 2, 30), ("2014-03-01", 1, 20)]


def test_what_is_counted_already_is_added_up(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("""create table marts.fct_population as select * from (values
        ('990101001001', '990101000000', date '2014-01-01', 'male', '0-4', 7),
        ('990101001002', '990101000000', date '2014-01-01', 'male', '0-4', 4)
        ) as t(area_code, county_code, month, sex, age_group, persons)""")
    rows = marts.execute(f"select area_code, persons from ({FACTS['fct_population'].query()})").fetchall()
    assert rows == [("990101001000", 11)]
