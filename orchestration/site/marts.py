"""The published marts file, opened read-only and closed to everything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import RenkouError

Row = dict[str, Any]
TABLES = (
    "dim_area",
    "indicators",
    "targets",
    "schemes",
    "windows",
    "registers",
    "measure_catalogue",
    "publication_scope",
    "indicator_values",
    "assessments",
    "quality_checks",
    "quality_results",
    "quality_alerts",
    "deliveries",
    "delivery_calendar",
    "quality_scores",
    "reporting_scores",
    "provisional_reasons",
    "integrity_signals",
    "integrity_methods",
    "indicator_funnels",
    "measure_vintages",
    "measure_revisions",
    "publications",
    "indicator_vintages",
    "assessment_vintages",
    "assessment_runs",
    "sign_offs",
    "attestations",
    "attested_items",
)


class MartsError(RenkouError):
    """The file is not a published marts file: absent, or without a table that the page reads."""


class Marts:
    """Rows of a published marts file as dicts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[Row]:
        """The rows of a query, in its order (every query of the page orders its rows)."""
        cursor = self._connection.execute(sql, parameters or [])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def missing_tables(self) -> list[str]:
        """Tables the page needs and the file has not."""
        have = {row["name"] for row in self.rows("select table_name as name from duckdb_tables()")}
        have |= {row["name"] for row in self.rows("select view_name as name from duckdb_views()")}
        return [table for table in TABLES if table not in have]


@contextmanager
def open_marts(path: Path) -> Iterator[Marts]:
    """Open a published file: read-only, no file or network beyond it, settings locked.

    Raises MartsError when the file is absent or lacks a table.
    """
    if not path.is_file():
        raise MartsError(f"there is no published marts file {path.name}")
    config = {"enable_external_access": "false", "lock_configuration": "true"}
    connection = duckdb.connect(str(path), read_only=True, config=config)
    try:
        marts = Marts(connection)
        if missing := marts.missing_tables():
            raise MartsError(f"{path.name} lacks the published tables {', '.join(missing)}")
        yield marts
    finally:
        connection.close()
