"""Publication: a new marts file is built beside the old one, checked, made durable, and swapped in by renaming a pointer."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.errors import RenkouError, cause_of
from orchestration.landing.contracts import Register, load_contracts
from orchestration.periods import now
from orchestration.publish import vintages
from orchestration.settings import Settings
from orchestration.version import code_version
from orchestration.warehouse import private_files, writer_lock

POINTER = "marts.duckdb"
PARQUET_POINTER = "parquet"


NOTHING_YET = "there is nothing to publish yet: land a month and build the marts first (renkou run)"


class PublicationBlocked(RenkouError):
    """The copy is not fit to leave the warehouse; the old publication stands."""

    exit_code = 1


@dataclass(frozen=True)
class Publication:
    """A publication: its number, file, tables and rows; `unchanged` when nothing differed from the one before."""

    number: int
    path: Path
    tables: int
    rows: int
    unchanged: bool = False


def current_marts(settings: Settings) -> Path | None:
    """The marts file that the pointer names; None before the first publication."""
    pointer = settings.published / POINTER
    return pointer.resolve() if pointer.exists() else None


def publication_number(path: Path) -> int:
    """The n of marts-<n>.duckdb."""
    return int(path.stem.split("-")[1])


def publish(settings: Settings) -> Publication:
    """Copy `published.*` to marts-<n>.duckdb and parquet-<n>/, then move the pointers.

    Nothing is written when the content equals the current publication's. PublicationBlocked when the copy does not pass
    its checks; a crash at any point leaves the old publication in place.
    """
    with writer_lock(settings):
        settings.published.mkdir(parents=True, exist_ok=True)
        _sweep(settings.published)
        try:
            with private_files():
                return _build_and_swap(settings)
        except (duckdb.Error, OSError) as error:
            raise PublicationBlocked(f"the marts could not be copied ({cause_of(error)}); the old ones stand") from None
        finally:  # a copy that was blocked may hold what must not leave the warehouse
            _sweep(settings.published)


def _build_and_swap(settings: Settings) -> Publication:
    if not settings.warehouse.exists():
        raise PublicationBlocked(NOTHING_YET)
    current = current_marts(settings)
    standing = publication_number(current) if current else None
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    with duckdb.connect(str(settings.warehouse), config=config) as connection:
        if settings.refuse_pinned:
            _refuse_pinned(settings, connection)
        number = vintages.settle(connection, standing)
        building, at = settings.published / f".building-{number}.duckdb", now()
        tables = _copy_tables(connection, building, number, at)
        check_copy(settings, connection, tables)
        content, rows = _content_hash(connection, tables), _rows(connection, tables)
        if current and standing and content == _stored_hash(connection, current):
            return Publication(standing, current, len(tables), rows, unchanged=True)
        connection.execute("update target.main.publication set content_hash = ?", [content])
        vintages.record(connection, number, code_version(settings), at)
        logs = vintages.copy_logs(connection)
        _export_parquet(connection, [*tables, *logs], settings.published / f".building-parquet-{number}")
        connection.execute("checkpoint target")
        connection.execute("detach target")
        done = _swap(settings, building, number, len(tables), rows)
        vintages.confirm(connection, number)
    return done


def _refuse_pinned(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """PublicationBlocked when a small count could be worked out from what is about to be published."""
    from orchestration.publish.audit import Pinned, audit_with, refuse_pinned

    try:
        refuse_pinned(audit_with(settings, connection))
    except Pinned as error:
        raise PublicationBlocked(f"{error}; the old publication stands") from None


def _sweep(folder: Path) -> None:
    """Remove what a killed or blocked publication left behind."""
    for left in folder.glob(".building-*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _copy_tables(connection: duckdb.DuckDBPyConnection, building: Path, number: int, at: datetime) -> list[str]:
    quoted_path = str(building).replace("'", "''")
    connection.execute(f"attach '{quoted_path}' as target")
    names = [row[0] for row in connection.execute(
        "select table_name from information_schema.tables where table_catalog = current_database() "
        "and table_schema = 'published' order by table_name"
    ).fetchall()]  # fmt: skip
    if not names:
        raise PublicationBlocked(NOTHING_YET)
    for name in names:
        connection.execute(f'create table target.main."{name}" as from published."{name}"')
        _copy_comments(connection, name)
    connection.execute(
        "create table target.main.publication as "
        "select ?::int as publication, ?::timestamp as published_at, ''::varchar as content_hash",
        [number, at],
    )
    return names


def _copy_comments(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Descriptions travel with the tables."""
    for column, comment in connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = current_database() "
        "and schema_name = 'published' and table_name = ? and comment is not null", [table]
    ).fetchall():  # fmt: skip
        text = comment.replace("'", "''")
        connection.execute(f"""comment on column target.main."{table}"."{column}" is '{text}'""")


def person_columns(registers: dict[str, Register]) -> set[str]:
    """Names of the columns that belong to persons: identifiers, dropped columns and record numbers of such registers."""
    found: set[str] = set()
    for register in registers.values():
        if any(column.role == "identifier" for column in register.columns):
            found |= {c.name for c in register.columns if c.role != "plain"} | {
                c.landed_name for c in register.kept if c.role != "plain"
            }
            # a code in a key (an insurance scheme) is no record number
            found |= {name for name in register.key if register.column(name).type != "code"}
    return found


def check_copy(settings: Settings, connection: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
    """PublicationBlocked when the copy in `target` holds a column of persons or an unprotected small count below the city."""
    forbidden = sorted(person_columns(load_contracts(settings.dbt_project)))
    found = connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = 'target' "
        "and (contains(column_name, 'pseudonym') or list_contains(?::varchar[], column_name))",
        [forbidden],
    ).fetchall()
    if found:
        raise PublicationBlocked("columns that may not be published: " + ", ".join(f"{t}.{c}" for t, c in found))
    # the difference of two rounded counts may be small; a count may not
    indicator = (
        "denominator between 1 and 7 or numerator between 1 and 7 and indicator not in "
        "(select indicator from target.main.indicators where numerator_less is not null) "
        # the value of an indicator without a denominator is a count itself
        "or value between 1 and 7 and indicator in (select indicator from target.main.indicators where denominator is null)"
    )
    small = {
        "measures": "value between 1 and 7",
        "measures_constant_boundary": "value between 1 and 7",
        "measure_revisions": "records_added between 1 and 7 or records_taken between 1 and 7",
        "measure_triangle": "value between 1 and 7",
        "clock_bridge": "event_value between 1 and 7 or reported_later between 1 and 7 or found_late between 1 and 7 "
        "or report_value between 1 and 7",
        "birth_estimates": "births_unadjusted between 1 and 7 or births_listed between 1 and 7 or births_in_both between 1 and 7",
        "indicator_values": indicator,
        "indicator_values_constant_boundary": indicator,
    }
    missing = sorted({"indicators", *(log.table for log in vintages.LOGS), *small} - set(tables))
    if missing:
        raise PublicationBlocked("tables that are missing: " + ", ".join(missing))
    for table, condition in small.items():
        row = connection.execute(
            f"select count(*) from target.main.{table} where area_level is distinct from 'city' and ({condition})"
        ).fetchone()
        if row != (0,):
            raise PublicationBlocked(f"{table} holds {row[0] if row else '?'} unprotected small counts below the city")


def _content_hash(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> str:
    """A hash over every row of every table and of what was frozen and signed, independent of row order."""
    parts = []
    relations = {f'target.main."{name}"': name for name in tables}
    for relation, name in (relations | {f"vintages.{name}": name for name in ("assessment_runs", "sign_offs")}).items():
        row = connection.execute(f"select count(*), bit_xor(md5_number(t::varchar)) from {relation} as t").fetchone()
        assert row is not None
        parts.append(f"{name}:{row[0]}:{row[1]}")
    row = connection.execute("select md5(?)", ["|".join(parts)]).fetchone()
    assert row is not None
    return str(row[0])


def _stored_hash(connection: duckdb.DuckDBPyConnection, current: Path) -> str | None:
    quoted_path = str(current).replace("'", "''")
    connection.execute(f"attach '{quoted_path}' as standing (read_only)")
    row = connection.execute("select content_hash from standing.main.publication").fetchone()
    connection.execute("detach standing")
    return row[0] if row else None


def _rows(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> int:
    counts = [connection.execute(f'select count(*) from target.main."{name}"').fetchone() for name in tables]
    return sum(row[0] for row in counts if row)


def _export_parquet(connection: duckdb.DuckDBPyConnection, tables: list[str], folder: Path) -> None:
    folder.mkdir()
    for name in [*tables, "publication"]:
        path = str(folder / f"{name}.parquet").replace("'", "''")
        connection.execute(f"""copy target.main."{name}" to '{path}' (format parquet, compression zstd)""")


def _swap(settings: Settings, building: Path, number: int, tables: int, rows: int) -> Publication:
    """Make the new files durable, rename them, and move the pointers, one after the other: each shows the old or the new."""
    folder = settings.published
    final = folder / f"marts-{number}.duckdb"
    parquet = folder / f".building-parquet-{number}"
    for path in [building, *parquet.iterdir(), parquet]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        _fsync(path)
    if (folder / f"parquet-{number}").exists():
        shutil.rmtree(folder / f"parquet-{number}")
    parquet.replace(folder / f"parquet-{number}")
    building.replace(final)
    _point(folder / PARQUET_POINTER, f"parquet-{number}")
    _point(folder / POINTER, final.name)
    _fsync(folder)
    _forget(folder, number - settings.keep_publications)
    return Publication(number, final, tables, rows)


def _point(pointer: Path, target: str) -> None:
    part = pointer.with_name(f".building-pointer-{pointer.name}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(pointer)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(folder: Path, last: int) -> None:
    """Remove publications up to number `last`; a reader that still holds one keeps its data."""
    for number in range(last, 0, -1):
        marts = folder / f"marts-{number}.duckdb"
        if not marts.exists():
            break
        with suppress(OSError):
            marts.unlink()
            shutil.rmtree(folder / f"parquet-{number}", ignore_errors=True)
