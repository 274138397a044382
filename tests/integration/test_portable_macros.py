"""Every macro of macros/portable.sql: what it gives in DuckDB, and what Spark is given for it.

Spark's text is compared as it stands, and also run: sqlglot says it in DuckDB's words, and the result has to be the same.
Spark 4.3 itself gave these results, too (decision 0038).
"""

import re
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT

from tests.portable_kit import AsSpark, dispatched


def day(text: str) -> str:
    """A date as SQL."""
    return f"date '{text}'"


NO_DAY = "cast(null as date)"
# macro -> (arguments, result); days and months as people count them.
CASES: dict[str, list[tuple[tuple[str | int, ...], Any]]] = {
    "month_start": [
        ((day("2016-02-29"),), date(2016, 2, 1)),
        ((day("2015-12-31"),), date(2015, 12, 1)),
        ((day("2015-12-01"),), date(2015, 12, 1)),
        ((NO_DAY,), None),
    ],
    "months_between": [
        ((day("2015-01-31"), day("2015-02-01")), 1),  # months of the calendar, not spans of days
        ((day("2015-02-01"), day("2015-02-28")), 0),
        ((day("2013-11-01"), day("2016-02-01")), 27),
        ((day("2016-02-01"), day("2013-11-01")), -27),
        ((NO_DAY, day("2015-01-01")), None),
        ((day("2015-01-01"), NO_DAY), None),
    ],
    "age_on": [
        ((day("1990-06-15"), day("2015-06-14")), 24),
        ((day("1990-06-15"), day("2015-06-15")), 25),
        ((day("1990-12-31"), day("2015-01-01")), 24),
        ((day("2012-02-29"), day("2013-02-28")), 0),  # born on 29 February: a year older on 1 March of a common year
        ((day("2012-02-29"), day("2013-03-01")), 1),
        ((day("2012-02-29"), day("2016-02-28")), 3),
        ((day("2012-02-29"), day("2016-02-29")), 4),
        ((day("2015-03-01"), day("2016-02-29")), 0),
        ((day("2015-05-05"), day("2015-05-05")), 0),
        ((NO_DAY, day("2015-01-01")), None),
        ((day("2015-01-01"), NO_DAY), None),
    ],
    "policy_year": [
        ((day("2014-09-30"),), 2014),
        ((day("2014-10-01"),), 2015),
        ((day("2014-12-31"),), 2015),
        ((day("2015-01-01"),), 2015),
        ((NO_DAY,), None),
    ],
    "policy_year_month_no": [
        ((day("2014-10-01"),), 1),
        ((day("2014-12-31"),), 3),
        ((day("2015-01-01"),), 4),
        ((day("2015-09-30"),), 12),
        ((NO_DAY,), None),
    ],
    "add_months": [
        ((day("2016-01-31"), 1), date(2016, 2, 29)),  # the month's last day where it has no such day
        ((day("2015-01-31"), 1), date(2015, 2, 28)),
        ((day("2015-02-28"), 1), date(2015, 3, 28)),  # and not the last because it was the last
        ((day("2016-02-29"), 12), date(2017, 2, 28)),
        ((day("2016-02-29"), -48), date(2012, 2, 29)),
        ((day("2015-03-31"), -1), date(2015, 2, 28)),
        ((day("2015-11-30"), 3), date(2016, 2, 29)),
        ((day("2015-05-05"), 0), date(2015, 5, 5)),
        ((day("2015-05-05"), "1 + 1"), date(2015, 7, 5)),
        ((NO_DAY, 1), None),
        ((day("2015-05-05"), "cast(null as int)"), None),
    ],
    "days_between": [
        ((day("2016-02-28"), day("2016-03-01")), 2),
        ((day("2015-02-28"), day("2015-03-01")), 1),
        ((day("2015-12-31"), day("2016-12-31")), 366),
        ((day("2015-03-01"), day("2015-02-28")), -1),
        ((NO_DAY, day("2015-01-01")), None),
        ((day("2015-01-01"), NO_DAY), None),
    ],
    "add_days": [
        ((day("2016-02-28"), 1), date(2016, 2, 29)),
        ((day("2015-02-28"), 1), date(2015, 3, 1)),
        ((day("2016-03-01"), -1), date(2016, 2, 29)),
        ((day("2015-12-31"), "1 + 1"), date(2016, 1, 2)),
        ((NO_DAY, 1), None),
        ((day("2015-05-05"), "cast(null as int)"), None),
    ],
}  # fmt: skip
# Macros that give a relation: (query over it, rows).
BOUNDS = f"""(
    select 1 as id, {day("2015-11-01")} as a, {day("2016-02-01")} as b
    union all select 2, {day("2015-05-01")}, {day("2015-05-01")}
    union all select 3, {day("2015-06-01")}, {day("2015-05-01")}
    union all select 4, {NO_DAY}, {day("2015-05-01")}
    union all select 5, {day("2015-05-01")}, {NO_DAY}
    union all select 6, {day("1950-01-01")}, {day("2033-04-01")}
)"""
RELATIONS = {
    "numbers": [
        ("select count(*), count(distinct n), min(n), max(n) from {{ numbers(1) }} as x", [(10, 10, 0, 9)]),
        ("select count(*), count(distinct n), min(n), max(n) from {{ numbers(3) }} as x", [(1000, 1000, 0, 999)]),
    ],
    "month_series": [
        (
            "select month from {{ month_series('(select * from bounds where id = 1)', 'a', 'b') }} as x order by month",
            [(date(2015, 11, 1),), (date(2015, 12, 1),), (date(2016, 1, 1),), (date(2016, 2, 1),)],
        ),
        (
            "select m from {{ month_series('(select * from bounds where id between 2 and 5)', 'a', 'b', 'm') }} as x",
            [(date(2015, 5, 1),)],  # first and last the same; none when the last is before, and none of nulls
        ),
        (
            "select count(*), min(m), max(m) from {{ month_series('(select * from bounds where id = 6)', 'a', 'b', 'm') }} as x",
            [(1000, date(1950, 1, 1), date(2033, 4, 1))],  # the longest that the numbers reach
        ),
    ],
}
# What Spark has of its own: its functions by their documentation (add_months, datediff(end, start), date_add).
SPARK = {
    "add_months": (("due", "2 * n"), "add_months(due, 2 * n)"),
    "days_between": (("earlier", "later"), "datediff(later, earlier)"),
    "add_days": (("due", "n"), "date_add(due, cast(n as int))"),
}
SEPARATOR = "\n-- next\n"
CALLS = [(name, arguments, result) for name, cases in CASES.items() for arguments, result in cases]
QUERIES = [(query, rows) for cases in RELATIONS.values() for query, rows in cases]


def call(name: str, arguments: tuple[str | int, ...]) -> str:
    quoted = ", ".join(f'"{argument}"' if isinstance(argument, str) else str(argument) for argument in arguments)
    return f"{{{{ {name}({quoted}) }}}}"


TEMPLATE = SEPARATOR.join(
    [*(f"select {call(name, arguments)}" for name, arguments, _ in CALLS), *(query for query, _ in QUERIES)]
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> AsSpark:
    return AsSpark(tmp_path_factory.mktemp("macros"))


@pytest.fixture(scope="module")
def texts(project: AsSpark) -> dict[str, list[str]]:
    """Every case as each engine gets it; of Spark's, what it means in DuckDB's words."""
    on_spark = project.rendered(TEMPLATE).split(SEPARATOR.strip())
    return {
        "duckdb": project.warehouse.compiled(TEMPLATE).split(SEPARATOR.strip()),
        "spark": [sqlglot.transpile(text, read="spark", write="duckdb")[0] for text in on_spark],
    }


def run(engine: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows; sqlglot's words for Spark give the midnight of a day where Spark gives the day."""
    with duckdb.connect() as connection:
        connection.execute(f"create view bounds as select * from {BOUNDS}")
        rows = connection.execute(sql).fetchall()
    if engine == "duckdb":
        return rows
    return [tuple(v.date() if isinstance(v, datetime) and v.time() == time.min else v for v in row) for row in rows]


def test_every_macro_has_cases() -> None:
    macros = re.findall(r"macro (\w+)\(", (PROJECT / "macros/portable.sql").read_text(encoding="utf-8"))
    assert {name for name in macros if "__" not in name} == CASES.keys() | RELATIONS.keys()
    assert {name for name, _ in dispatched()} == SPARK.keys()
    assert {name.partition("__")[2] for name in macros if name.startswith("default__")} == SPARK.keys()


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
@pytest.mark.parametrize("number", range(len(CALLS)), ids=[f"{name}{arguments}" for name, arguments, _ in CALLS])
def test_a_macro_gives_what_people_count(texts: dict[str, list[str]], engine: str, number: int) -> None:
    [(found,)] = run(engine, texts[engine][number])
    expected = CALLS[number][2]
    assert found == expected
    assert type(found) is type(expected)  # a day is no moment


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
@pytest.mark.parametrize("number", range(len(QUERIES)), ids=[query for query, _ in QUERIES])
def test_a_macro_gives_the_rows_it_says(texts: dict[str, list[str]], engine: str, number: int) -> None:
    query, rows = QUERIES[number]
    assert run(engine, texts[engine][len(CALLS) + number]) == rows, query


def test_spark_is_given_its_own_functions(project: AsSpark) -> None:
    rendered = project.rendered(SEPARATOR.join(call(name, arguments) for name, (arguments, _) in SPARK.items()))
    assert [text.strip() for text in rendered.split(SEPARATOR.strip())] == [text for _, text in SPARK.values()]
