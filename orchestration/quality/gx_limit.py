"""An expectation that only counts the rows of its query: Great Expectations' own runs each query twice, and the second
time brings rows home, which no answer of the gate needs. Importing this takes as long as importing Great Expectations.
"""

from typing import Any, ClassVar

from great_expectations.expectations import UnexpectedRowsExpectation

ROW_COUNT = "unexpected_rows_query.row_count"


class ExpectQueryToReturnNoRows(UnexpectedRowsExpectation):
    """UnexpectedRowsExpectation, answered by one `count(*)`."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (ROW_COUNT,)

    def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, bool]:
        return {"success": metrics[ROW_COUNT] == 0}
