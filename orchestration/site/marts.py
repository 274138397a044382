"""The published marts file, opened read-only and closed to everything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import RenkouError
from orchestration.sql_text import quoted

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

EXACT_TEXT = "case when {0} = round({0}) then {0}::bigint::varchar else round({0}, 1)::varchar end"


class MartsError(RenkouError):
    """The file is not a published marts file: absent, or without a table that the page reads."""


class Marts:
    """Rows of a published marts file as dicts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> list[Row]:
        """The rows of a query, in its order (every query of the page orders its rows)."""
        cursor = self._connection.execute(sql, parameters or [])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def missing_tables(self) -> list[str]:
        """Tables the page needs and the file has not."""
        query = "select {0}_name as name from duckdb_{0}s() where database_name = current_database()"
        have = {row["name"] for kind in ("table", "view") for row in self.rows(query.format(kind))}
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


@contextmanager
def open_office(office: Path, published: Path) -> Iterator[Marts]:
    """The office's exact tables under the same names, and from the publication those that it alone has (vintages, runs).

    Both are opened read-only and nothing else is. Raises MartsError as `open_marts`.
    """
    if not published.is_file():
        raise MartsError(f"there is no published marts file {published.name}")
    connection = duckdb.connect(":memory:")
    try:
        for name, path in (("office", office), ("published", published)):
            connection.execute(f"attach {quoted(path)} as {name} (read_only)")
        marts = Marts(connection)
        for table in TABLES:
            connection.execute(_view(marts, table))
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        if missing := marts.missing_tables():
            raise MartsError(f"{office.name} and {published.name} lack the tables {', '.join(missing)}")
        yield marts
    except duckdb.IOException:
        raise MartsError(f"{office.name} or {published.name} is no file of marts") from None
    finally:
        connection.close()


def _view(marts: Marts, table: str) -> str:
    """SQL of a view on the office's table, else on the published one. Of exact counts what is shown is the count itself."""
    known = (
        """select column_name as name from duckdb_columns() where database_name = $database and table_name = $table"""
    )
    columns = {
        name: {row["name"] for row in marts.rows(known, {"database": name, "table": table})}
        for name in ("office", "published")
    }
    place = "office" if columns["office"] else "published"
    if not columns[place]:
        return "select 1"
    counts = [part for part in ("numerator", "denominator") if f"{part}_shown" in columns["published"] - columns[place]]
    shown = "".join(f", {EXACT_TEXT.format(part)} as {part}_shown" for part in counts)
    return f'create view main."{table}" as select *{shown} from {place}.main."{table}"'
