"""What DuckDB and Spark read differently, found in SQL text, and the project compiled as it is on Spark.

The list was tried out between DuckDB 2.0 and Spark 4.3 (decision 0038). Functions are refused unless they are known to both, so
one that nobody thought of is refused as well.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pytest
import sqlglot
from dbt.config.profile import Profile
from dbt.context.providers import BaseDatabaseWrapper
from scratch_warehouse import PROJECT, ScratchWarehouse
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

# Functions and parametrised types of the same name and meaning in both engines.
COMMON = frozenset([
    "abs", "avg", "cast", "ceil", "coalesce", "concat", "concat_ws", "count", "date_trunc", "day", "decimal",
    "exp", "floor", "greatest", "lag", "last_day", "lead", "least", "length", "ln", "lpad", "make_date", "max", "max_by",
    "median", "min", "month", "nullif", "percentile_cont", "pi", "power", "quarter", "replace", "round", "row_number", "rpad",
    "split_part", "sqrt", "substr", "sum", "try_cast", "year",
])  # fmt: skip
# What the spark__ variants of macros/portable.sql call: DuckDB does not know these, or knows another function of the name.
SPARK_ONLY = frozenset({"add_months", "date_add", "datediff"})
KEYWORDS = frozenset([
    "all", "and", "any", "as", "between", "by", "case", "distinct", "else", "except", "exists", "filter", "from", "group",
    "having", "in", "intersect", "join", "like", "materialized", "not", "on", "or", "order", "over", "partition", "qualify",
    "select", "set", "sets", "then", "union", "using", "values", "when", "where", "with", "within",
])  # fmt: skip
# A hint per construct: what is written instead.
TEXT = {
    r"\[": "lists and subscripts: rows, or a macro",
    r"\{": "struct literals: columns",
    r'"': "double quotes: Spark reads a string literal; backticks",
    r"//": "//: floor(a / b)",
    r"\bvarchar\b": "varchar: string",
    r"\bexclude\b": "exclude: except",
    r"\basof\b": "asof join: a window function",
    r"\bby\s+name\b": "union by name: columns in order",
    r"\bcount_if\b": "count_if: null over nulls alone in DuckDB, 0 in Spark: count(*) filter (where ...)",
    r"\bunnest\b": "unnest: a join with values or numbers",
}
CALL = re.compile(r"(\bas\s+)?(?<![\w.`])([a-z_]\w*)\s*\(", re.IGNORECASE)
NO_TEXT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


def refused_text(sql: str, functions: frozenset[str] = COMMON) -> list[str]:
    """Constructs that can be told by their words, in a text that need not be a whole statement."""
    bare = NO_TEXT.sub("''", sql)
    found = [hint for pattern, hint in TEXT.items() if re.search(pattern, bare, re.IGNORECASE)]
    called = {name.lower() for alias, name in CALL.findall(bare) if not alias}
    return found + [f"{name}(): not known to both" for name in sorted(called - functions - KEYWORDS)]


@dataclass
class Typed:
    """Columns and types of relations, as far as they are known; each query that is read adds its own."""

    schema: MappingSchema = field(default_factory=lambda: MappingSchema(dialect="spark"))

    def add(self, relation: str, columns: Mapping[str, str], dialect: str = "spark") -> None:
        types = {column: exp.DataType.build(kind, dialect=dialect) for column, kind in columns.items()}
        self.schema.add_table(relation, types, dialect="spark")

    def read(self, sql: str) -> tuple[list[str], dict[str, str]]:
        """What a whole query's meaning refuses, and its columns with their types."""
        try:
            tree = sqlglot.parse_one(sql, read="spark")
        except sqlglot.ParseError as problem:
            return [f"Spark's grammar: {str(problem).splitlines()[0]}"], {}
        divisions = [
            f"{node.sql('spark')[:80]}: 1 / 0 is inf in DuckDB and an error in Spark: nullif"
            for node in tree.find_all(exp.Div, exp.Mod)
            if not never_nought(node.expression)
        ]
        known = qualify(
            tree,
            schema=self.schema,
            dialect="spark",
            validate_qualify_columns=False,
            expand_alias_refs=False,
            identify=False,
        )
        known = annotate_types(known, schema=self.schema, dialect="spark")
        columns = {one.alias_or_name: one.type.sql("spark") if one.type else "UNKNOWN" for one in known.selects}
        return [*divisions, *_aliases_in_where(known), *_booleans_added(known), *_dates_subtracted(known)], columns


def never_nought(divisor: exp.Expression | None) -> bool:
    """Whether a divisor is null or another number than nought by its form; a count plus a positive number is none either."""
    match divisor:
        case exp.Paren() | exp.Sqrt() | exp.Pow():
            return never_nought(divisor.this)
        case exp.Literal():
            return float(divisor.this) != 0
        case exp.Nullif():
            return divisor.expression.sql() == "0"
        case exp.Mul():
            return never_nought(divisor.left) and never_nought(divisor.right)
        case exp.Add():
            return any(isinstance(side, exp.Literal) and float(side.this) > 0 for side in (divisor.left, divisor.right))
        case exp.Case():
            branches = [branch.args["true"] for branch in divisor.args["ifs"]] + [divisor.args.get("default")]
            return all(branch is None or never_nought(branch) for branch in branches)
    return False


def _aliases_in_where(tree: exp.Expression) -> Iterator[str]:
    """Columns of a WHERE that no relation of its query has."""
    for where in tree.find_all(exp.Where):
        for column in where.find_all(exp.Column):
            if not column.table and column.find_ancestor(exp.Where) is where:
                yield f"{column.name}: an alias in WHERE"


def _booleans_added(tree: exp.Expression) -> Iterator[str]:
    for added in tree.find_all(exp.Sum, exp.Avg):
        if added.this.is_type("boolean"):
            yield f"{added.sql('spark')[:80]}: sum of booleans: count(*) filter (where ...)"


def _dates_subtracted(tree: exp.Expression) -> Iterator[str]:
    for less in tree.find_all(exp.Sub):
        if less.left.is_type("date") and less.right.is_type("date"):
            yield f"{less.sql('spark')[:80]}: days in DuckDB, an interval in Spark: days_between"


def spoken(source: str) -> list[tuple[int, str]]:
    """(line, text) of all that can become SQL on Spark in a file: what stands outside Jinja's tags, and every string inside.

    Not: materializations and duckdb__ variants, nor either variant of a macro that Spark has its own of.
    """
    texts, skipped = [], False
    block: list[str] = []
    for line, kind, value in jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"]).lex(source):
        if kind == "block_begin":
            block = []
        elif kind in ("name", "string"):
            block.append(value.strip("'\""))
            if kind == "string" and not skipped:
                texts += [(line + inner - 1, text) for inner, text in spoken(value[1:-1])]
        elif kind == "block_end" and block[:1] == ["macro"]:
            skipped = _is_not_read_as_it_stands(block[1])
        elif kind == "block_end" and block[:1] == ["materialization"]:
            skipped = "duckdb" in block
        elif kind == "block_end" and block[:1] in (["endmacro"], ["endmaterialization"]):
            skipped = False
        elif kind == "data" and not skipped:
            texts.append((line, value))
    return texts


def _is_not_read_as_it_stands(macro: str) -> bool:
    """Whether this is DuckDB's variant of a macro, or one of a macro of macros/portable.sql that Spark has its own of."""
    engine, _, name = macro.partition("__")
    return engine == "duckdb" or (engine in ("default", "spark") and name in {pair for pair, _ in dispatched()})


def dispatched() -> list[tuple[str, str]]:
    """(name, parameters) of the macros that Spark has its own variant of."""
    text = (PROJECT / "macros/portable.sql").read_text(encoding="utf-8")
    return re.findall(r"macro spark__(\w+)\((.*?)\)", text)


@dataclass(frozen=True)
class Compiled:
    """A model or data test as Spark would get it."""

    name: str
    relation: str
    sql: str
    is_model: bool
    parents: tuple[str, ...]


class AsSpark:
    """The project as dbt compiles it on Spark: macros dispatch to their spark__ variants, and target.type is spark.

    dbt has no plugin for Spark here; everything but these two answers comes from DuckDB's. Nothing is run.
    """

    def __init__(self, folder: Path) -> None:
        self.warehouse = ScratchWarehouse(folder)
        # Parsed before it is compiled for Spark: the parsed project is kept for the process, and other tests build it on DuckDB.
        self.warehouse.dbt("parse")

    def compile(self, *arguments: str) -> Any:
        target = Profile.to_target_dict
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Profile, "to_target_dict", lambda profile: target(profile) | {"type": "spark"})
            patch.setattr(
                BaseDatabaseWrapper, "_get_adapter_macro_prefixes", lambda wrapper: ["spark", "default", "duckdb"]
            )
            return self.warehouse.dbt("compile", "--no-populate-cache", "--no-introspect", *arguments)

    def project(self) -> dict[str, Compiled]:
        """Models and data tests, parents first."""
        nodes = {result.node.unique_id: result.node for result in self.compile().results}
        compiled = {
            key: Compiled(
                node.name, unquoted(node.relation_name or ""), unquoted(node.compiled_code),
                node.resource_type == "model", tuple(p for p in node.depends_on.nodes if p.startswith("model.")),
            )
            for key, node in nodes.items() if node.resource_type in ("model", "test")
        }  # fmt: skip
        ordered: dict[str, Compiled] = {}
        while len(ordered) < len(compiled):
            ordered |= {k: n for k, n in compiled.items() if k not in ordered and ordered.keys() >= set(n.parents)}
        return ordered

    def rendered(self, expression: str) -> str:
        """The text that an expression of macros becomes on Spark."""
        return self.compile("--inline", expression).results[0].node.compiled_code


def unquoted(sql: str) -> str:
    """The adapter's names of relations without its quotes: those are DuckDB's, a plugin for Spark writes its own."""
    return re.sub(r'"warehouse"\."(\w+)"\."(\w+)"', r"\1.\2", sql)
