"""Portable SQL: what Spark would get of models and macros holds nothing that DuckDB and Spark read differently.

The models are compiled for Spark, so every SQL string that Jinja builds is looked at, with the macros that Spark would have.
Spark 4.3 itself, which is too large for a test, once read and ran all of it (decision 0038).
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT

from tests.portable_kit import COMMON, SPARK_ONLY, AsSpark, Compiled, Typed, refused_text, spoken


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> AsSpark:
    return AsSpark(tmp_path_factory.mktemp("spark"))


@pytest.fixture(scope="module")
def compiled(spark: AsSpark) -> dict[str, Compiled]:
    return spark.project()


@pytest.fixture(scope="module")
def sources(spark: AsSpark) -> Typed:
    """Seeds and what landing and quality write."""
    spark.warehouse.dbt("seed")
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for relation, column, kind in spark.warehouse.rows(
        "select table_schema || '.' || table_name, column_name, data_type from information_schema.columns"
    ):
        columns[relation][column] = kind
    typed = Typed()
    for relation, kinds in columns.items():
        typed.add(relation, kinds, dialect="duckdb")
    return typed


def test_models_and_data_tests_are_portable(compiled: dict[str, Compiled], sources: Typed) -> None:
    assert sum(node.is_model for node in compiled.values()) > 250
    found = {}
    for node in compiled.values():
        meaning, columns = sources.read(node.sql)
        if node.is_model:
            sources.add(node.relation, columns)
        if refused := refused_text(node.sql, COMMON | SPARK_ONLY) + meaning:
            found[node.name] = refused
    assert found == {}


def test_what_is_compiled_is_what_spark_gets(compiled: dict[str, Compiled]) -> None:
    """Its own variants of macros, and none of what DuckDB alone does: increments and slices."""
    text = "\n".join(node.sql for node in compiled.values())
    assert all(f"{function}(" in text for function in SPARK_ONLY)
    assert not re.search(r"\binterval\s+\d|<first area>", text)
    assert "where false" in compiled["model.renkou.int_touched__areas"].sql


def test_sources_of_models_macros_and_tests_are_portable() -> None:
    """Also what no model calls at present, and every string inside Jinja."""
    found = {
        f"{path.name}:{line}": refused
        for path in sorted(PROJECT.glob("*/**/*.sql"))
        for line, text in spoken(path.read_text(encoding="utf-8"))
        if (refused := refused_text(text))
    }
    assert found == {}


# The recipe's lists, in its order, and what belongs to the same kinds.
# construct -> (word of the reason, query)
BREAKS = {
    "varchar": ("varchar", "select a::varchar as a from t"),
    "varchar in cast": ("varchar", "select cast(a as varchar) as a from t"),
    "alias in where": ("alias", "select a + 1 as c from t where c > 1"),
    "alias in where, of a cte": ("alias", "with c as (select a as x from t where x > 1) select x from c"),
    "date_diff": ("date_diff", "select date_diff('month', d, e) as m from t"),
    "strftime": ("strftime", "select strftime(d, '%Y') as y from t"),
    "list": ("lists", "select [1, 2] as l from t"),
    "subscript": ("lists", "select a[1] as l from t"),
    "list comprehension": ("lists", "select [x + 1 for x in l] as l from t"),
    "unnest": ("unnest", "select unnest(l) as x from t"),
    "unnest in from": ("unnest", "select x from t, unnest(l) as u (x)"),
    "struct literal": ("struct", "select {'a': 1} as s from t"),
    "struct_pack": ("struct_pack", "select struct_pack(a := 1) as s from t"),
    "row": ("row()", "select row(1, 2) as s from t"),
    "string_agg": ("string_agg", "select string_agg(s, ',') as s from t"),
    "list aggregate": ("list()", "select list(s) as s from t"),
    "quantile_cont": ("quantile_cont", "select quantile_cont(a, 0.5) as q from t"),
    "arg_max": ("arg_max", "select arg_max(s, a) as s from t"),
    "arg_min": ("arg_min", "select arg_min(s, a) as s from t"),
    "exclude": ("exclude", "select * exclude (a) from t"),
    "integer division": ("//", "select a // 2 as h from t"),
    "sum of a comparison": ("booleans", "select sum(a > 1) as n from t"),
    "sum of a condition": ("booleans", "select sum(a > 1 and not is_x) as n from t"),
    "sum of a boolean column": ("booleans", "select sum(is_x) as n from t"),
    "sum of a boolean from a step before": (
        "booleans",
        "with c as (select s in ('x', 'y') as y from t) select sum(y) as n from c",
    ),
    "sum of a boolean over a window": ("booleans", "select sum(is_x) over (partition by s) as n from t"),
    "count_if": ("count_if", "select count_if(is_x) as n from t"),  # of nulls alone: null in DuckDB 2.0, 0 in Spark
    "regexp_matches": ("regexp_matches", "select s from t where regexp_matches(s, '^a')"),
    "asof": ("asof", "select t.a from t asof join u on t.d >= u.d"),
    "union by name": ("by name", "select a from t union by name select a from u"),
    "union all by name": ("by name", "select a from t union all by name select a from u"),
    "generate_series": ("generate_series", "select i from generate_series(1, 3) as g (i)"),
    "double quotes": ("double quotes", 'select "a" from t'),
    "double quotes of an alias": ("double quotes", 'select a as "my a" from t'),
    "one by nought": ("nullif", "select 1 / 0 as x from t"),
    "by a column": ("nullif", "select 1 / a as x from t"),
    "by a sum that may be nought": ("nullif", "select 1 / (a + b) as x from t"),
    "by a product with a column": ("nullif", "select 1 / (2 * a) as x from t"),
    "by a case with a column": ("nullif", "select 1 / case when is_x then a else 2 end as x from t"),
    "by another number's nullif": ("nullif", "select 1 / nullif(a, 1) as x from t"),
    "remainder of a column": ("nullif", "select b % a as x from t"),
    "days between by minus": ("interval", "select d - e as days from t"),
    "a function that nobody tried": ("levenshtein", "select levenshtein(s, s) as x from t"),
}
HOLDS = {
    "qualify": "select a from t qualify row_number() over (partition by s order by a) = 1",
    "filter": "select count(*) filter (where a > 1) as n from t",
    "group by all": "select s, count(*) as n from t group by all",
    "::int": "select s::int as i from t",
    "::date": "select s::date as i from t",
    "lateral alias": "select a + 1 as x, x + 1 as y from t",
    "alias in group by and having": "select a + 1 as x, count(*) as n from t group by x having n > 1",
    "date_trunc": "select cast(date_trunc('month', d) as date) as m from t",
    "interval": "select d + interval 1 month as m from t",
    "last_day": "select last_day(d) as l from t",
    "max_by": "select max_by(s, a) as s from t",
    "median": "select median(a) as m from t",
    "percentile_cont": "select percentile_cont(0.5) within group (order by a) as m from t",
    "filter of a boolean": "select count(*) filter (where is_x) as n from t",
    "try_cast": "select try_cast(s as int) as i from t",
    "except": "select * except (a) from t",
    "recursive cte": "with recursive r as (select 1 as n union all select n + 1 as n from r where n < 3) select n from r",
    "backticks": "select `a` from t",
    "nullif": "select a / nullif(b, 0) as x, a % nullif(2 * b, 0) as y, 1 / (a + 1) as z from t",
    "a column in where that is an alias too": "select a + 1 as a from t where a > 1",
    "breaking words as text": "select s from t where s = 'varchar [1] // \"x\" unnest(l)' and s <> 'it''s {'",
    "sum of numbers": "select sum(case when is_x then 1 else 0 end) as n from t",
}


def _refused(sql: str) -> list[str]:
    typed = Typed()
    for relation in ("t", "u"):
        typed.add(relation, {"a": "int", "b": "int", "s": "string", "d": "date", "e": "date", "is_x": "boolean"})
    return refused_text(sql) + typed.read(sql)[0]


@pytest.mark.parametrize("construct", BREAKS)
def test_what_breaks_on_spark_is_refused(construct: str) -> None:
    reason, sql = BREAKS[construct]
    assert reason in " ".join(_refused(sql))


@pytest.mark.parametrize("construct", HOLDS)
def test_what_both_read_alike_is_let_through(construct: str) -> None:
    assert _refused(HOLDS[construct]) == []


@pytest.mark.parametrize(
    "source",
    [
        "{% macro counts() -%}\n{{ return({'m': \"sum(list(a))\"}) }}\n{%- endmacro %}",
        "{% set expression = 'strftime(d)' %}select 1",
        "{{ config(post_hook='drop table {{ this }} by name') }}select 1",
        "{{ config(pre_hook=\"{{ added('a::varchar') }}\") }}select 1",
        "{# a comment #}\nselect unnest(a)",
        "{% macro default__of_no_pair(d) -%} strftime({{ d }}) {%- endmacro %}",
    ],
)
def test_sql_in_jinja_is_read(source: str) -> None:
    assert [refused for _, text in spoken(source) for refused in refused_text(text)]


@pytest.mark.parametrize(
    "source",
    [
        "{% materialization one, adapter='duckdb' %}insert into t by name select 1{% endmaterialization %}",
        "{% macro duckdb__digest(r) -%} hash({{ r }}) {%- endmacro %}",
        "{% macro spark__add_months(d, n) -%} add_months({{ d }}, {{ n }}) {%- endmacro %}",
        "{# strftime, \"quoted\" #}select '{{ x }}'",
    ],
)
def test_what_spark_never_reads_or_is_meant_for_it_is_not(source: str) -> None:
    assert [refused for _, text in spoken(source) for refused in refused_text(text)] == []
