"""The gate: a register's suite, run by Great Expectations on what one delivery brought, before anything changes."""

import os
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.errors import LandingFailed
from orchestration.quality.counts import BATCH, all_counts_sql, counts_sql, limit_query, lines_sql
from orchestration.quality.suites import Threshold


@dataclass(frozen=True)
class CheckResult:
    """What one threshold said: counts and a status, never a value of a row."""

    threshold: Threshold
    status: str
    elements: int
    unexpected: int
    lines: tuple[int, ...] = ()  # the first that are not as expected, where lines are at fault

    @property
    def observed(self) -> float | None:
        """Share of the judged rows that were as expected; None when there were none."""
        return 1 - self.unexpected / self.elements if self.elements else None


def verdict(results: list[CheckResult]) -> str:
    """The gate's word on a delivery: the worst of its checks."""
    statuses = {result.status for result in results}
    return next((status for status in ("fail", "warn") if status in statuses), "pass")


class Gate:
    """Runs suites on the staged rows of one delivery after another over one live connection.

    Great Expectations takes seconds to import, so it is imported here, when a gate is first needed.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        os.environ.setdefault("TQDM_DISABLE", "1")
        import great_expectations as gx

        from orchestration.quality.gx_duckdb import engine_arguments

        self._gx = gx
        self._connection = connection
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}
        self._source = self._context.data_sources.add_sql(
            "incoming", connection_string="duckdb:///:memory:", kwargs=engine_arguments(connection)
        )
        self._asset = self._source.add_query_asset("staged", query=f"select * from {BATCH}")
        self._batches = self._asset.add_batch_definition("delivery")

    def run(self, thresholds: list[Threshold]) -> list[CheckResult]:
        """One result per threshold, in order. LandingFailed when an expectation could not be evaluated at all."""
        counted = [(t, *counts) for t, counts in zip(thresholds, self._counts(thresholds), strict=True)]
        judged = [t for t, elements, _ in counted if elements >= t.at_least or _about_table(t)]
        passed = dict(zip((t.id for t in judged), self._ask(judged), strict=True))
        return [self._result(t, passed.get(t.id), elements, unexpected) for t, elements, unexpected in counted]

    def _result(self, threshold: Threshold, passed: bool | None, elements: int, unexpected: int) -> CheckResult:
        lines = self._lines(threshold) if passed is False else ()
        return CheckResult(threshold, _status(threshold, passed), elements, unexpected, lines)

    def _lines(self, threshold: Threshold) -> tuple[int, ...]:
        sql = lines_sql(threshold)
        try:
            return tuple(line for (line,) in self._connection.execute(sql).fetchall()) if sql else ()
        except duckdb.Error:  # what it says may hold values
            raise LandingFailed(
                f"the threshold {threshold.id} cannot be evaluated: its lines cannot be found"
            ) from None

    def _counts(self, thresholds: list[Threshold]) -> list[tuple[int, int]]:
        """(elements, unexpected) per threshold. Only when a threshold's SQL fails are they counted one by one, to name it."""
        if not thresholds:
            return []
        try:
            rows = self._connection.execute(all_counts_sql(thresholds)).fetchall()
        except duckdb.Error:
            return [self._count(threshold) for threshold in thresholds]
        return [(elements, unexpected) for _, elements, unexpected in sorted(rows)]

    def _count(self, threshold: Threshold) -> tuple[int, int]:
        try:
            row = self._connection.execute(counts_sql(threshold)).fetchone()
        except duckdb.Error:
            raise LandingFailed(f"the threshold {threshold.id} cannot be evaluated: its SQL fails") from None
        assert row is not None
        return row[0], row[1]

    def _ask(self, thresholds: list[Threshold]) -> list[bool]:
        """Great Expectations' yes or no, one per threshold."""
        if not thresholds:
            return []
        suite = self._gx.ExpectationSuite(name="gate", expectations=[self._expectation(t) for t in thresholds])
        try:
            outcome = self._batches.get_batch().validate(suite, result_format="BOOLEAN_ONLY")
        except Exception as error:  # what SQLAlchemy or Great Expectations say may hold rows
            raise LandingFailed(f"the gate stopped: {type(error).__name__}") from None
        answers: dict[str, bool] = {}
        for result in outcome.results:
            name = result.expectation_config.meta["id"]
            if _raised(result.exception_info):
                raise LandingFailed(f"the threshold {name} cannot be evaluated")
            answers[name] = bool(result.success)
        return [answers[threshold.id] for threshold in thresholds]

    def _expectation(self, threshold: Threshold) -> Any:
        from orchestration.quality.gx_limit import ExpectQueryToReturnNoRows

        meta = {"id": threshold.id}
        if threshold.type == "UnexpectedRowsExpectation":
            return ExpectQueryToReturnNoRows(unexpected_rows_query=limit_query(threshold), meta=meta)
        return getattr(self._gx.expectations, threshold.type)(**threshold.kwargs, meta=meta)


def _about_table(threshold: Threshold) -> bool:
    return threshold.type == "ExpectTableRowCountToBeBetween"


def _raised(info: Any) -> bool:
    """Whether Great Expectations caught an exception (it keeps one record, or one per metric)."""
    records = [info] if "raised_exception" in info else list(info.values())
    return any(record.get("raised_exception") for record in records)


def _status(threshold: Threshold, passed: bool | None) -> str:
    if passed is None:
        return "n/a"
    return "pass" if passed else threshold.severity
