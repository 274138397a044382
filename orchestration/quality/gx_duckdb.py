"""Great Expectations on a live DuckDB connection.

duckdb-engine drops a cursor's result when SQLAlchemy takes its connection back; Great Expectations fetches afterwards and
nearly every expectation then errs. Fetching at execute() mends it; tests/integration/test_gate.py shows the failure
without it, so that this module can go when upstream mends it.
"""

from typing import Any

import duckdb
import duckdb_engine
from sqlalchemy.pool import StaticPool

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
