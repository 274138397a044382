"""Great Expectations by its own SQL on a live DuckDB connection: what the gate was before decision 0029, and what its verdicts
are held against (tests/integration/test_gate.py).

duckdb-engine drops a cursor's result when SQLAlchemy takes its connection back; Great Expectations fetches afterwards and
nearly every expectation then errs. Fetching at execute() mends it.
"""

import os
from typing import Any

import duckdb
import duckdb_engine
from sqlalchemy.pool import StaticPool

from orchestration.quality.counts import BATCH, limit_query
from orchestration.quality.suites import Threshold

BUFFERED_ROWS = 10  # answers are single rows; Great Expectations also selects a whole table to learn its columns


class BufferedCursor(duckdb_engine.CursorWrapper):
    """A cursor that holds its result (at most BUFFERED_ROWS of it) from the moment of execution."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, connection: "BufferedConnection") -> None:
        super().__init__(cursor, connection)
        self._live = cursor
        self._rows: list[Any] = []
        self._description: Any = None

    def execute(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        """Run the statement and fetch its result."""
        super().execute(statement, parameters, context)
        self._description = self._live.description
        self._rows = self._live.fetchmany(BUFFERED_ROWS)[::-1] if self._description else []

    @property
    def description(self) -> Any:
        return self._description

    def fetchone(self) -> Any:
        return self._rows.pop() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.pop() for _ in range(min(size or 1, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows[::-1], []
        return rows


class BufferedConnection(duckdb_engine.ConnectionWrapper):
    """A connection whose cursors are buffered; closing it leaves the warehouse's own connection open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._live = connection

    def cursor(self) -> BufferedCursor:
        return BufferedCursor(self._live, self)

    def close(self) -> None:
        return None


def engine_arguments(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Arguments for SQLAlchemy's create_engine that make it use this connection (a cursor of it) and no other."""
    cursor = connection.cursor()
    return {"creator": lambda: BufferedConnection(cursor), "poolclass": StaticPool}


class OwnSql:
    """Great Expectations' answers about what is staged on a connection, each found by a query of its own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        os.environ.setdefault("TQDM_DISABLE", "1")
        import great_expectations as gx

        from orchestration.quality.gx_judge import ExpectLimitToHold

        self._gx, self._limit = gx, ExpectLimitToHold
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_sql(
            "incoming", connection_string="duckdb:///:memory:", kwargs=engine_arguments(connection)
        )
        asset = source.add_query_asset("staged", query=f"select * from {BATCH}")
        self._delivery = asset.add_batch_definition("delivery")

    def ask(self, thresholds: list[Threshold]) -> dict[str, bool]:
        """Yes or no by threshold. SystemExit when one could not be evaluated."""
        suite = self._gx.ExpectationSuite(name="gate", expectations=[self._expectation(t) for t in thresholds])
        answers = {}
        for result in self._delivery.get_batch().validate(suite, result_format="BOOLEAN_ONLY").results:
            name, info = result.expectation_config.meta["id"], result.exception_info
            if any(one["raised_exception"] for one in ([info] if "raised_exception" in info else info.values())):
                raise SystemExit(f"Great Expectations cannot evaluate {name}")
            answers[name] = bool(result.success)
        return answers

    def _expectation(self, threshold: Threshold) -> Any:
        meta = {"id": threshold.id}
        if threshold.type == "UnexpectedRowsExpectation":
            # its own SQL puts a subquery with an alias in the place of the batch: wrapped, it can have the threshold's
            query = limit_query(threshold).replace("{batch}", "(select * from {batch})")
            return self._limit(unexpected_rows_query=query, meta=meta)
        return getattr(self._gx.expectations, threshold.type)(**threshold.kwargs, meta=meta)
