"""How many rows a threshold judged and how many were not as expected, by SQL: Great Expectations is only asked
yes or no, because each richer result format of it quotes values.
"""

from collections.abc import Sequence
from typing import Any

from orchestration.quality.suites import Threshold

BATCH = "incoming.main.staged"


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
        judged = f"select count(*) from {BATCH} where {threshold.among or 'true'}"
        query = threshold.kwargs["unexpected_rows_query"].replace("{batch}", f"(select * from {BATCH})")
        return f"select ({judged}), (select count(*) from ({query}))"
    condition = unexpected_condition(threshold)
    not_null = "" if threshold.type == "ExpectColumnValuesToNotBeNull" else _judged(threshold.kwargs)
    judged = f"select ({condition}) as unexpected from {BATCH} {not_null}"
    return f"select count(*), count(*) filter (where unexpected) from ({judged})"  # count_if of no rows would be null


def all_counts_sql(thresholds: Sequence[Threshold]) -> str:
    """SQL for one row (position, elements, unexpected) per threshold: one statement for a whole suite."""
    counts = (f"select {position}, * from ({counts_sql(threshold)})" for position, threshold in enumerate(thresholds))
    return " union all ".join(counts)


def _judged(kwargs: dict[str, Any]) -> str:
    """Expectations about values leave nulls out."""
    return f'where "{kwargs["column"]}" is not null' if "column" in kwargs else ""


def limit_query(threshold: Threshold) -> str:
    """The query that Great Expectations runs for UnexpectedRowsExpectation: a row (without content) when the limit is passed.

    The limit is `tolerated` of the judged rows plus `chance` standard errors of a share (normal approximation).
    """
    query = threshold.kwargs["unexpected_rows_query"]
    share, errors = threshold.tolerated, threshold.chance
    return f"""
        select 1 as passed_the_limit from (
            select (select count(*) from ({query})) as unexpected,
                (select count(*) from {{batch}} where {threshold.among or "true"}) as judged
        ) where unexpected > judged * {share} + {errors} * sqrt(judged * {share * (1 - share)})"""
