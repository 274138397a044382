"""A dbt unit test beside every formula: models that work something out, measures, and methods of intervals."""

import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import sqlglot
import yaml
from sqlglot import exp

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT

from tests.portable_kit import AsSpark, Compiled

ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe)
CONDITIONS = (exp.Predicate, exp.Connector, exp.Not)
# Model -> why it has no unit test.
WITHOUT = {
    name: "compares with what the last build left, which a unit test has not: tests/integration/test_increments.py"
    for name in ("int_fact_months", "int_touched__months", "int_touched__registers")
}
Row = Mapping[str, Any]


def worked_out(sql: str) -> set[str]:
    """What a query works out: arithmetic, case, window functions, aggregates and any other function but a cast, wherever they
    stand, and conditions that are a column. Columns, constants, casts, joins, filters and unions only choose or rename.
    """
    tree = sqlglot.parse_one(sql, read="spark")
    functions = (exp.Func, exp.Window, exp.Case, *ARITHMETIC)
    chosen = (exp.Cast, exp.Connector, exp.Exists)
    found = {type(node).__name__ for node in tree.find_all(*functions) if not isinstance(node, chosen)}
    columns = (column.unalias() for query in tree.find_all(exp.Select) for column in query.expressions)
    return found | {type(column).__name__ for column in columns if isinstance(column, CONDITIONS)}


def unit_tests() -> list[dict[str, Any]]:
    return [
        test
        for path in sorted(PROJECT.glob("models/**/*.yml"))
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
    ]


def expected(test: Mapping[str, Any]) -> list[Row]:
    """The rows that a unit test expects, of those that are written as a query as well."""
    expectation = test["expect"]
    if expectation.get("format") != "sql":
        return expectation["rows"]
    query = duckdb.sql(jinja2.Template(expectation["rows"]).render())
    return [dict(zip(query.columns, row, strict=True)) for row in query.fetchall()]


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((PROJECT / f"seeds/{name}.csv").open(encoding="utf-8")))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compiled]:
    """As a whole build compiles them, which is what unit tests run; increments have tests/integration/test_increments.py."""
    return {node.name: node for node in AsSpark(tmp_path_factory.mktemp("spark")).project().values() if node.is_model}


def test_every_model_that_works_something_out_has_a_unit_test(models: dict[str, Compiled]) -> None:
    tested = {test["model"] for test in unit_tests()}
    formulas = {name: found for name, node in models.items() if (found := worked_out(node.sql))}
    assert len(formulas) > 180
    assert {name: found for name, found in formulas.items() if name not in tested | WITHOUT.keys()} == {}
    assert [name for name in WITHOUT if name not in formulas or name in tested] == []


@pytest.mark.parametrize(
    ("column", "is_formula"),
    [
        ("a as b", False), ("1 as one", False), ("'x' as clock", False), ("cast(a as int) as a", False), ("*", False),
        ("a + 1 as b", True), ("-a as b", True), ("case a when 1 then 2 end as b", True), ("count(*) as n", True),
        ("sum(a) as a", True), ("coalesce(a, c) as b", True), ("row_number() over (order by a) as n", True),
        ("a = 1 as is_one", True), ("a is not null as is_there", True), ("not a as is_none", True),
        ("a between 1 and 2 as b", True), ("a and c as b", True), ("cast(a + 1 as int) as b", True), ("days_after(a) as b", True),
    ],
)  # fmt: skip
def test_what_counts_as_a_formula(column: str, is_formula: bool) -> None:
    chosen = "from t inner join u on t.a = u.a and t.c < u.c where t.a > 1 and u.d is null and t.e in ('x', 'y')"
    query = f"with s as (select {column} {chosen}) select * from s union all select * from t"
    assert bool(worked_out(query)) == is_formula


@pytest.mark.parametrize(
    "clause", ["where a + b > 1", "inner join u on t.a = lower(u.a)", "group by a having count(*) > 1"]
)
def test_a_formula_may_stand_anywhere(clause: str) -> None:
    assert worked_out(f"select t.a from t {clause}")


def test_every_measure_is_expected_of_a_model_that_counts_it() -> None:
    """As another number than nought: of a measure that is never counted nought is true."""
    counting = ("int_measures__", "int_entities__")
    rows = [row for test in unit_tests() if test["model"].startswith(counting) for row in expected(test)]
    named = {row["measure"] for row in rows if "measure" in row and row.get("value", 1) not in (0, None)}
    assert [row["measure"] for row in seed("measures") if row["measure"] not in named] == []


def limits_expected(model: str) -> Iterator[tuple[str, bool]]:
    """(interval method, whether both limits are) of every value that unit tests of a model expect to have."""
    for test in unit_tests():
        if test["model"] != model:
            continue
        [parts] = [given["rows"] for given in test["given"] if given["input"] == "ref('int_indicator_parts')"]
        methods = {(part["area_code"], part["indicator"]): part["interval_method"] for part in parts}
        for row in expected(test):
            if row.get("value") is not None and {"low", "high"} <= row.keys():
                yield methods[row["area_code"], row["indicator"]], row["low"] is not None and row["high"] is not None


@pytest.mark.parametrize("model", ["int_indicator_values", "int_indicator_values__protected"])
def test_every_method_of_intervals_has_its_limits_expected(model: str) -> None:
    """Exact and protected; the method `none` is expected to have none."""
    used = {row["interval_method"] for row in seed("indicators")}
    assert used - {"none"} <= {method for method, has_limits in limits_expected(model) if has_limits}
    assert ("none", False) in set(limits_expected(model))
