"""The gate: a register's suite, run by Great Expectations on what one delivery brought, before anything changes."""

import os
from dataclasses import dataclass

import duckdb

from orchestration.errors import LandingFailed
from orchestration.quality.counts import Counts, counts_of, lines_sql, suite_sql
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

    DuckDB counts, in one statement a suite; Great Expectations' classes say from the counts whether they are met
    (decision 0029). It takes seconds to import, so it is imported here, when a gate is first needed.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        os.environ.setdefault("TQDM_DISABLE", "1")
        from orchestration.quality.gx_judge import Judge

        self._connection = connection
        self._judge = Judge()

    def run(self, thresholds: list[Threshold]) -> list[CheckResult]:
        """One result per threshold, in order. LandingFailed when an expectation could not be evaluated at all."""
        counted = zip(thresholds, self._counts(thresholds), strict=True)
        return [self._result(threshold, counts) for threshold, counts in counted]

    def _result(self, threshold: Threshold, counts: Counts) -> CheckResult:
        elements, unexpected = counts.elements, counts.unexpected
        if elements < threshold.at_least and not _about_table(threshold):
            return CheckResult(threshold, "n/a", elements, unexpected)
        try:
            passed = self._judge.passes(threshold, counts)
        except Exception:  # whatever Great Expectations says
            raise LandingFailed(f"the threshold {threshold.id} cannot be evaluated") from None
        lines = () if passed else self._lines(threshold)
        return CheckResult(threshold, "pass" if passed else threshold.severity, elements, unexpected, lines)

    def _lines(self, threshold: Threshold) -> tuple[int, ...]:
        sql = lines_sql(threshold)
        try:
            return tuple(line for (line,) in self._connection.execute(sql).fetchall()) if sql else ()
        except duckdb.Error:  # what it says may hold values
            raise LandingFailed(
                f"the threshold {threshold.id} cannot be evaluated: its lines cannot be found"
            ) from None

    def _counts(self, thresholds: list[Threshold]) -> list[Counts]:
        """The counts of each threshold. Only when a threshold's SQL fails are they counted one by one, to name it."""
        if not thresholds:
            return []
        try:
            return self._count(thresholds)
        except duckdb.Error:
            return [counts for threshold in thresholds for counts in self._count_one(threshold)]

    def _count_one(self, threshold: Threshold) -> list[Counts]:
        try:
            return self._count([threshold])
        except duckdb.Error:
            raise LandingFailed(f"the threshold {threshold.id} cannot be evaluated: its SQL fails") from None

    def _count(self, thresholds: list[Threshold]) -> list[Counts]:
        row = self._connection.execute(suite_sql(thresholds)).fetchone()
        assert row is not None
        return counts_of(row)


def _about_table(threshold: Threshold) -> bool:
    return threshold.type == "ExpectTableRowCountToBeBetween"
