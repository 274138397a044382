"""The analysts' door: published files only, read only, and no way out of them. The office has one of its own, to its file."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.errors import RenkouError
from orchestration.publish.standing import current_marts
from orchestration.settings import Settings

BATCH = 10_000  # rows that are in memory at once
# No directory is allowed: one that may be read may be written (COPY TO). The file's own path is always allowed, and so
# COPY TO could overwrite it; without the file system nothing can, and what is open stays open (decision 0033).
HARDENED = (
    "set temp_directory = ''",
    "set enable_progress_bar = true",  # for query_progress(); printed, it would stand in the middle of answers
    "set enable_progress_bar_print = false",
    "set allowed_directories = []",
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
    "set lock_configuration = true",
)


class QueryError(RenkouError):
    """The query cannot be answered; the message is the database's (published data hold no persons)."""


@dataclass(frozen=True)
class Stream:
    """Columns of a query and its rows in batches, read once, as the database finds them."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def connect(settings: Settings, *, office: bool = False) -> duckdb.DuckDBPyConnection:
    """The current publication, or the office's file: read only, no other file, no network, no change of settings.

    QueryError when nothing has been published, or the office's file cannot be read.
    """
    marts = office_marts(settings) if office else current_marts(settings)
    if marts is None:
        raise QueryError("nothing has been published yet; run `make demo` or `renkou run`")
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    connection = duckdb.connect(str(marts), read_only=True, config=config)
    if connection.execute("select current_setting('lock_configuration')").fetchone() == (False,):
        for statement in HARDENED:  # once: connections of one process to one file share what is set
            connection.execute(statement)
    return connection


@contextmanager
def open_marts(settings: Settings, *, office: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """`connect`, closed at the end."""
    with closing(connect(settings, office=office)) as connection:
        yield connection


def dictionaries(found: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of an executed query under the names of their columns."""
    columns = [column[0] for column in found.description or []]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def office_marts(settings: Settings) -> Path:
    """The office's file. QueryError when there is none that may be read."""
    if not os.access(settings.office_marts, os.R_OK):
        raise QueryError(
            "there is no file of the office that you may read: `renkou publish` writes it for its owner alone"
        )
    return settings.office_marts


def streamed(connection: duckdb.DuckDBPyConnection, sql: str) -> Stream:
    """Run a query without holding its result in memory; QueryError, also while its rows are read."""
    with _told_apart():
        found = connection.sql(sql)
        if found is None:
            raise QueryError("this statement has no rows to show: ask with `select`, `from`, `describe` or `summarize`")
        reader = found.to_arrow_reader(BATCH)
    return Stream(reader.schema, _read(reader))


def _read(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    while True:
        with _told_apart():
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
        yield batch


@contextmanager
def _told_apart() -> Iterator[None]:
    """The database's errors as QueryError, also those that reach us through Arrow."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        said = str(error)
        if "Out of Memory" in said:
            raise QueryError(
                "the query needs more memory than RENKOU_MEMORY_LIMIT allows: ask for fewer rows or columns, or raise it"
            ) from None
        raise QueryError(said) from None
