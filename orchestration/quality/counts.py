"""How many rows a threshold judged and how many were not as expected, for a whole suite in one statement and one pass over
the delivery. Great Expectations is given the counts and says yes or no: each richer result format of it quotes values.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from orchestration.quality.suites import Threshold
from orchestration.sql_text import quoted

BATCH = "incoming.main.staged"
OF_BATCH = re.compile(r"\s*select 1 from \{batch\}")  # a query whose rows are rows of the delivery
# the same with nothing but a condition: it can be counted in one pass with others
ROW_BY_ROW = re.compile(r"select 1 from \{batch\}(?: as b)?(?: where (?P<condition>.+))?", re.DOTALL)
AMONG_JUDGED = re.compile(r"select 1 from \(\{judged\}\) as b where (?P<condition>.+)", re.DOTALL)
PER_GROUP = re.compile(r"\b(group by|having|qualify|window|union|except|intersect|order by|limit)\b")
FIRST_LINES = 5


@dataclass(frozen=True)
class Counts:
    """What one threshold counted; `rows` are all rows of the delivery, `broken` whether a limit of ours was passed."""

    rows: int
    elements: int
    unexpected: int
    broken: bool | None


class Tally(NamedTuple):
    """SQL expressions over what a statement counts."""

    elements: str
    unexpected: str


class OnePass:
    """Collects what one statement is to count: conditions over rows of the delivery, and queries that go beyond them.

    What several thresholds share is counted once.
    """

    def __init__(self) -> None:
        self._conditions: dict[str, str] = {}
        self._queries: dict[str, str] = {}

    def tally(self, threshold: Threshold) -> Tally:
        """The expressions of a threshold's two counts."""
        kwargs = threshold.kwargs
        match threshold.type:
            case "ExpectTableRowCountToBeBetween":
                return Tally("n", f"case when {_outside('n', kwargs)} then 1 else 0 end")
            case "UnexpectedRowsExpectation":
                return self._of_queries(threshold)
            case "ExpectCompoundColumnsToBeUnique":
                keys = ", ".join(f'"{name}"' for name in kwargs["column_list"])
                twice = f"select count(*) as of_key from {BATCH} group by {keys} having count(*) > 1"
                return Tally("n", self._query(f"select coalesce(sum(of_key), 0) from ({twice})"))
        condition = unexpected_condition(threshold)
        if threshold.type == "ExpectColumnValuesToNotBeNull":
            return Tally("n", self._where(f"{condition}"))
        not_null = f'"{kwargs["column"]}" is not null'  # expectations about values leave nulls out
        return Tally(self._where(not_null), self._where(f"{condition}"))

    def sql(self, tallies: Sequence[Tally], limits: Sequence[str | None]) -> str:
        """The statement; its one row holds the number of rows, then elements, unexpected and `broken` of each tally."""
        conditions = [f"({condition}) as {name}" for condition, name in self._conditions.items()]
        counted = [
            f"count(*) filter ({name}) as {name}" for name in self._conditions.values()
        ]  # no rows are 0, not null
        queries = [f"({query}) as {name}" for query, name in self._queries.items()]
        counts = [
            f"{expression} as {kind}{number}"
            for number, tally in enumerate(tallies)
            for kind, expression in (("e", tally.elements), ("u", tally.unexpected))
        ]
        results = [f"e{number}, u{number}, {limit or 'null'}" for number, limit in enumerate(limits)]
        return f"""
            with judged as (select {", ".join(["1 as one", *conditions])} from {BATCH} as b),
            passed as (select {", ".join(["count(*) as n", *counted])} from judged),
            queried as (select {", ".join(["1 as one", *queries])}),
            counts as (select {", ".join(["n", *counts])} from passed, queried)
            select {", ".join(["n", *results])} from counts"""

    def _of_queries(self, threshold: Threshold) -> Tally:
        among = AMONG_JUDGED.fullmatch(str(threshold.kwargs["unexpected_rows_query"]).strip())
        if among:
            both = f"{{'judged': count(*), 'unexpected': count(*) filter ({among['condition']})}}"
            name = self._query(f"select {both} from ({threshold.judged_query}) as b")
            return Tally(f"{name}.judged", f"{name}.unexpected")
        return Tally(self._rows_of(threshold.judged_query), self._rows_of(threshold.unexpected_query))

    def _rows_of(self, query: str) -> str:
        """The number of rows of a query, in the one pass if it selects rows of the delivery one by one."""
        found = ROW_BY_ROW.fullmatch(query)
        condition = (found["condition"] or "true") if found else ""
        if found and not PER_GROUP.search(_outside_brackets(condition)):
            return self._where(condition)
        return self._query(f"select count(*) from ({query})")

    def _where(self, condition: str) -> str:
        if condition == "true":
            return "n"
        return self._conditions.setdefault(_of_delivery(condition), f"c{len(self._conditions)}")

    def _query(self, query: str) -> str:
        return self._queries.setdefault(_of_delivery(query), f"q{len(self._queries)}")


def _outside_brackets(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        depth -= character == ")"
        if depth == 0:
            kept.append(character)
        depth += character == "("
    return "".join(kept)


def _of_delivery(sql: str) -> str:
    return sql.replace("{batch}", f"(select * from {BATCH})")


def unexpected_condition(threshold: Threshold) -> str | None:
    """SQL condition of an unexpected row; None for expectations about the table as a whole."""
    kwargs = threshold.kwargs
    column = f'"{kwargs["column"]}"' if "column" in kwargs else ""
    match threshold.type:
        case "ExpectColumnValuesToNotBeNull":
            return f"{column} is null"
        case "ExpectColumnValuesToBeBetween":
            return _outside(column, kwargs)
        case "ExpectColumnValueLengthsToEqual":
            return f"length({column}) <> {int(kwargs['value'])}"
        case "ExpectCompoundColumnsToBeUnique":
            keys = ", ".join(f'"{name}"' for name in kwargs["column_list"])
            return f"count(*) over (partition by {keys}) > 1"
        case _:
            return None


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else quoted(value)


def _outside(column: str, kwargs: dict[str, Any]) -> str:
    bounds = []
    if kwargs.get("min_value") is not None:
        bounds.append(f"{column} < {_literal(kwargs['min_value'])}")
    if kwargs.get("max_value") is not None:
        bounds.append(f"{column} > {_literal(kwargs['max_value'])}")
    return " or ".join(bounds) or "false"


def limit_condition(threshold: Threshold, judged: str, unexpected: str) -> str:
    """SQL: whether more is unexpected than `tolerated` of what is judged and `chance` standard errors of a share (normal
    approximation).
    """
    share, errors = threshold.tolerated, threshold.chance
    return f"{unexpected} > {judged} * {share} + {errors} * sqrt({judged} * {share * (1 - share)})"


def limit_query(threshold: Threshold) -> str:
    """The limit as Great Expectations has it: a query whose one row (without content) says that it was passed."""
    judged, unexpected = threshold.judged_query, threshold.unexpected_query
    return f"""
        select 1 as passed_the_limit from (
            select (select count(*) from ({unexpected})) as unexpected, (select count(*) from ({judged})) as judged
        ) where {limit_condition(threshold, "judged", "unexpected")}"""


def suite_sql(thresholds: Sequence[Threshold]) -> str:
    """The statement that counts for all thresholds of a suite; `counts_of` reads its row."""
    counting = OnePass()
    tallies = [counting.tally(threshold) for threshold in thresholds]
    limits = [
        limit_condition(threshold, f"e{number}", f"u{number}")
        if threshold.type == "UnexpectedRowsExpectation"
        else None
        for number, threshold in enumerate(thresholds)
    ]
    return counting.sql(tallies, limits)


def counts_of(row: Sequence[Any]) -> list[Counts]:
    """The counts in a row of `suite_sql`, in the order of its thresholds."""
    return [Counts(row[0], *row[place : place + 3]) for place in range(1, len(row), 3)]


def lines_sql(threshold: Threshold) -> str | None:
    """SQL for the first lines of the delivery's file that are not as expected; None where no line is at fault by itself."""
    if threshold.type == "UnexpectedRowsExpectation":
        query = threshold.unexpected_query
        if not OF_BATCH.match(query):
            return None
        lines = _of_delivery(OF_BATCH.sub("select _line from {batch}", query))
    else:
        condition = unexpected_condition(threshold)
        if condition is None:
            return None
        lines = f"select _line from (select _line, ({condition}) as unexpected from {BATCH}) where unexpected"
    return f"select _line from ({lines}) order by _line limit {FIRST_LINES}"
