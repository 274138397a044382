"""How many rows a threshold judged and how many were not as expected, by SQL: Great Expectations is only asked
yes or no, because each richer result format of it quotes values.
"""

import re
from collections.abc import Sequence
from typing import Any

from orchestration.quality.suites import Threshold

BATCH = "incoming.main.staged"
OF_BATCH = re.compile(r"\s*select 1 from \{batch\}")  # a query whose rows are rows of the delivery
FIRST_LINES = 5


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
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _outside(column: str, kwargs: dict[str, Any]) -> str:
    bounds = []
    if kwargs.get("min_value") is not None:
        bounds.append(f"{column} < {_literal(kwargs['min_value'])}")
    if kwargs.get("max_value") is not None:
        bounds.append(f"{column} > {_literal(kwargs['max_value'])}")
    return " or ".join(bounds) or "false"


def counts_sql(threshold: Threshold) -> str:
    """SQL for one row (elements, unexpected)."""
    if threshold.type == "ExpectTableRowCountToBeBetween":
        outside = _outside("count(*)", threshold.kwargs)
        return f"select count(*), case when {outside} then 1 else 0 end from {BATCH}"
    if threshold.type == "UnexpectedRowsExpectation":
        queries = (threshold.judged_query, threshold.kwargs["unexpected_rows_query"])
        judged, unexpected = (query.replace("{batch}", f"(select * from {BATCH})") for query in queries)
        return f"select (select count(*) from ({judged})), (select count(*) from ({unexpected}))"
    condition = unexpected_condition(threshold)
    not_null = "" if threshold.type == "ExpectColumnValuesToNotBeNull" else _judged(threshold.kwargs)
    judged = f"select ({condition}) as unexpected from {BATCH} {not_null}"
    return f"select count(*), count(*) filter (where unexpected) from ({judged})"  # count_if of no rows would be null


def all_counts_sql(thresholds: Sequence[Threshold]) -> str:
    """SQL for one row (position, elements, unexpected) per threshold: one statement for a whole suite."""
    counts = (f"select {position}, * from ({counts_sql(threshold)})" for position, threshold in enumerate(thresholds))
    return " union all ".join(counts)


def lines_sql(threshold: Threshold) -> str | None:
    """SQL for the first lines of the delivery's file that are not as expected; None where no line is at fault by itself."""
    if threshold.type == "UnexpectedRowsExpectation":
        query = threshold.kwargs["unexpected_rows_query"]
        if not OF_BATCH.match(query):
            return None
        lines = OF_BATCH.sub("select _line from {batch}", query).replace("{batch}", f"(select * from {BATCH})")
    else:
        condition = unexpected_condition(threshold)
        if condition is None:
            return None
        lines = f"select _line from (select _line, ({condition}) as unexpected from {BATCH}) where unexpected"
    return f"select _line from ({lines}) order by _line limit {FIRST_LINES}"


def _judged(kwargs: dict[str, Any]) -> str:
    """Expectations about values leave nulls out."""
    return f'where "{kwargs["column"]}" is not null' if "column" in kwargs else ""


def limit_query(threshold: Threshold) -> str:
    """The query that Great Expectations runs for UnexpectedRowsExpectation: a row (without content) when the limit is passed.

    The limit is `tolerated` of the judged rows plus `chance` standard errors of a share (normal approximation).
    """
    # Great Expectations puts a subquery with an alias in the place of the batch: wrapped, it can have ours
    query = threshold.kwargs["unexpected_rows_query"].replace("{batch}", "(select * from {batch})")
    judged = threshold.judged_query.replace("{batch}", "(select * from {batch})")
    share, errors = threshold.tolerated, threshold.chance
    return f"""
        select 1 as passed_the_limit from (
            select (select count(*) from ({query})) as unexpected,
                (select count(*) from ({judged})) as judged
        ) where unexpected > judged * {share} + {errors} * sqrt(judged * {share * (1 - share)})"""
