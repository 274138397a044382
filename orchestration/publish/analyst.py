"""The analysts' door: published files only, read only, and no way out of them. The office has one of its own, to its file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import RenkouError
from orchestration.publish.publication import current_marts
from orchestration.settings import Settings


class QueryError(RenkouError):
    """The query cannot be answered; the message is the database's (published data hold no persons)."""


@dataclass(frozen=True)
class Answer:
    """Column names and rows of a query."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


@contextmanager
def open_marts(settings: Settings, *, office: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The current publication, or the office's file: read only, no other file, no network, no change of settings.

    Raises QueryError when nothing has been published, or the office's file cannot be read.
    """
    marts = _office_marts(settings) if office else current_marts(settings)
    if marts is None:
        raise QueryError("nothing has been published yet; run `make demo` or `renkou run`")
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    with duckdb.connect(str(marts), read_only=True, config=config) as connection:
        connection.execute("set temp_directory = ''")
        connection.execute("set enable_progress_bar = false")  # it would stand in the middle of --json
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def dictionaries(found: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of an executed query under the names of their columns."""
    columns = [column[0] for column in found.description or []]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _office_marts(settings: Settings) -> Path:
    if not os.access(settings.office_marts, os.R_OK):
        raise QueryError(
            "there is no file of the office that you may read: `renkou publish` writes it for its owner alone"
        )
    return settings.office_marts


def query(settings: Settings, sql: str, *, office: bool = False) -> Answer:
    """Run one query on the current publication, or the office's file; QueryError with the database's own words when it fails."""
    with open_marts(settings, office=office) as connection:
        try:
            result = connection.execute(sql)
            columns = [item[0] for item in result.description or []]
            return Answer(columns, result.fetchall() if columns else [])
        except duckdb.Error as error:
            raise QueryError(str(error)) from None
