"""Great Expectations' verdicts, from metrics that were counted in one pass (quality/counts.py): its classes say which metrics
they need and whether these meet what was expected. Importing this takes as long as importing Great Expectations: seconds.
"""

from typing import Any, ClassVar

import great_expectations as gx
from great_expectations.expectations import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation

from orchestration.quality.counts import Counts, limit_query
from orchestration.quality.suites import Threshold

ROW_COUNT = "unexpected_rows_query.row_count"
NULLS = "column_values.nonnull.unexpected_count"
ROWS = ("table.row_count", "compound_columns.unique.filtered_row_count")
UNEXPECTED = (
    "column_values.between.unexpected_count",
    "column_values.value_length.equals.unexpected_count",
    "compound_columns.unique.unexpected_count",
)


class ExpectLimitToHold(UnexpectedRowsExpectation):
    """UnexpectedRowsExpectation with a limit: `unexpected_rows_query.row_count` is 1 when more rows than it allows were found,
    else 0. Its own second metric would bring rows home.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (ROW_COUNT,)

    def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, bool]:
        return {"success": metrics[ROW_COUNT] == 0}


class Judge:
    """Asks the expectation of each threshold; what it needs to know of them is kept, because every delivery asks again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Threshold, Expectation, dict[Any, str]]] = {}

    def passes(self, threshold: Threshold, counts: Counts) -> bool:
        """Yes or no. Whatever Great Expectations raises, and KeyError for a metric that is not counted."""
        known = self._known.get(threshold.id)
        if known is None or known[0] is not threshold:
            known = self._known[threshold.id] = threshold, *_expectation(threshold)
        _, expectation, wanted = known
        counted = _metrics(threshold, counts)
        metrics = {key: counted[name] for key, name in wanted.items()}
        return bool(expectation.metrics_validate(metrics, _boolean_only()).success)


def _expectation(threshold: Threshold) -> tuple[Expectation, dict[Any, str]]:
    """The expectation, and the names of the metrics that it asks for by Great Expectations' key of each."""
    if threshold.type == "UnexpectedRowsExpectation":
        expectation = ExpectLimitToHold(unexpected_rows_query=limit_query(threshold))
    else:
        expectation = getattr(gx.expectations, threshold.type)(**threshold.kwargs)
    wanted = expectation.get_validation_dependencies(runtime_configuration=_boolean_only())
    return expectation, {metric.id: metric.metric_name for metric in wanted.get_metric_configurations()}


def _boolean_only() -> dict[str, str]:
    """Asks for no more than yes or no (Great Expectations writes into the dictionary that it is given)."""
    return {"result_format": "BOOLEAN_ONLY"}


def _metrics(threshold: Threshold, counts: Counts) -> dict[str, int]:
    """The counts under the names that Great Expectations has for them."""
    about_nulls = threshold.type == "ExpectColumnValuesToNotBeNull"
    nulls = counts.unexpected if about_nulls else counts.rows - counts.elements
    metrics = dict.fromkeys(ROWS, counts.rows) | dict.fromkeys(UNEXPECTED, counts.unexpected) | {NULLS: nulls}
    return metrics if counts.broken is None else metrics | {ROW_COUNT: int(counts.broken)}
