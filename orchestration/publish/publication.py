"""Publication: a new folder is built beside the old one, checked, made durable, and swapped in by renaming one pointer.

published/publication-7/marts.duckdb, parquet/    what is published
published/current -> publication-7                the pointer
published/marts.duckdb -> current/marts.duckdb    what readers open; parquet likewise
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.durable import sync
from orchestration.errors import RenkouError, cause_of
from orchestration.landing.contracts import Register, load_contracts
from orchestration.periods import now
from orchestration.publish import table_contracts, vintages
from orchestration.publish.standing import MARTS, PARQUET, POINTER, current_marts, publication_number
from orchestration.publish.words import Words, comment, published_models
from orchestration.settings import Settings
from orchestration.sql_text import quoted
from orchestration.version import code_version
from orchestration.warehouse import private_files, writer_lock

BUILDING = ".building-"
STORAGE = "v1.4.0"  # as small and as fast as 2.0's own, and older clients read it (decision 0034)

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


def publish(settings: Settings, run: str = "shell") -> Publication:
    """Copy `published.*` to publication-<n>/, then move the pointer to it. `run`: Dagster's id of the run.

    Nothing is written when the content equals the current publication's. PublicationBlocked when the copy does not pass
    its checks; a crash at any point leaves the old publication in place.
    """
    with writer_lock(settings):
        settings.published.mkdir(parents=True, exist_ok=True)
        _sweep(settings.published)
        try:
            with private_files():
                return _build_and_swap(settings, run)
        except (duckdb.Error, OSError) as error:
            raise PublicationBlocked(f"the marts could not be copied ({cause_of(error)}); the old ones stand") from None
        finally:  # a copy that was blocked may hold what must not leave the warehouse
            _sweep(settings.published)


def _build_and_swap(settings: Settings, run: str) -> Publication:
    if not settings.warehouse.exists():
        raise PublicationBlocked(NOTHING_YET)
    current = current_marts(settings)
    standing = publication_number(current) if current else None
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    with duckdb.connect(str(settings.warehouse), config=config) as connection:
        connection.execute("set enable_progress_bar = false")
        number = vintages.settle(connection, standing)
        building, at = settings.published / f"{BUILDING}{number}", now()
        building.mkdir()
        connection.execute(f"attach {quoted(building / MARTS)} as target (storage_version '{STORAGE}')")
        tables = _copy_tables(connection, number, at)
        check_copy(settings, connection, tables)
        _protect(settings, connection, number)
        content, rows = _content_hash(settings, connection, tables), _rows(connection, tables)
        if current and standing and content == _stored_hash(connection, current):
            return Publication(standing, current, len(tables), rows, unchanged=True)
        connection.execute("update target.main.publication set content_hash = ?", [content])
        vintages.record(connection, number, code_version(settings), run, at)
        logs = _complete(settings, connection)
        _export_parquet(connection, [*tables, *logs], building / PARQUET)
        connection.execute("checkpoint target")
        connection.execute("detach target")
        done = _swap(settings, building, number, len(tables), rows)
        vintages.confirm(connection, number)
    return done


def _protect(settings: Settings, connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Take out of the copy what would give small counts away. PublicationBlocked when that cannot be found out."""
    from orchestration.publish.audit import Pinned, limits_of
    from orchestration.publish.withhold import protect

    try:
        protect(connection, limits_of(settings), number)
    except Pinned as error:
        raise PublicationBlocked(f"{error}; the old publication stands") from None
    except duckdb.CatalogException:
        raise PublicationBlocked(
            "the models are not those that the audit reads; build them with `renkou run`; the old publication stands"
        ) from None


def _sweep(folder: Path) -> None:
    """Remove what a killed or blocked publication left behind."""
    for left in folder.glob(f"{BUILDING}*"):
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _copy_tables(connection: duckdb.DuckDBPyConnection, number: int, at: datetime) -> list[str]:
    names = [row[0] for row in connection.execute(
        "select table_name from information_schema.tables where table_catalog = current_database() "
        "and table_schema = 'published' order by table_name"
    ).fetchall()]  # fmt: skip
    if not names:
        raise PublicationBlocked(NOTHING_YET)
    for name in names:
        connection.execute(f'create table target.main."{name}" as from published."{name}"')
    connection.execute(
        "create table target.main.publication as "
        "select ?::int as publication, ?::timestamp as published_at, ''::varchar as content_hash",
        [number, at],
    )
    return names


def empty_publication(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """A publication of models without rows, in memory and attached as `target`: what it consists of."""
    connection.execute("create schema published")
    for name, model in published_models(settings.dbt_project).items():
        columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
        connection.execute(f'create table published."{name}" ({columns})')
    vintages.settle(connection, None)
    connection.execute("attach ':memory:' as target")
    _copy_tables(connection, 1, now())
    vintages.record(connection, 1, "", "", now())
    _complete(settings, connection)


def _complete(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Logs, contracts, provenance and comments of the attached `target`; the names of the tables among them."""
    logs = vintages.copy_logs(connection)
    table_contracts.copy(connection, settings.dbt_project)
    comment(connection, Words(settings.dbt_project))
    return [*logs, "contracts"]


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


def refuse_persons(settings: Settings, connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """PublicationBlocked when a table of the attached `database` holds a column of persons."""
    found = connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = ? "
        "and (contains(column_name, 'pseudonym') or list_contains(?::varchar[], column_name)) order by all",
        [database, sorted(person_columns(load_contracts(settings.dbt_project)))],
    ).fetchall()
    if found:
        raise PublicationBlocked("columns that may not be published: " + ", ".join(f"{t}.{c}" for t, c in found))


def check_copy(settings: Settings, connection: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
    """PublicationBlocked when the copy in `target` holds a column of persons or an unprotected small count below the city."""
    refuse_persons(settings, connection, "target")
    # the difference of two rounded counts may be small; a count of persons may not
    indicator = (
        "indicator in (select indicator from intermediate.int_indicators__live where is_of_persons = 1) and "
        "(denominator between 1 and 7 or numerator between 1 and 7 and indicator not in "
        "(select indicator from target.main.indicators where numerator_less is not null) "
        # the value of an indicator without a denominator is a count itself
        "or value between 1 and 7 and indicator in (select indicator from target.main.indicators where denominator is null))"
    )
    small = {
        "measures": "value between 1 and 7",
        "measure_revisions": "records_added between 1 and 7 or records_taken between 1 and 7",
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


def _content_hash(settings: Settings, connection: duckdb.DuckDBPyConnection, tables: list[str]) -> str:
    """A hash over every row of every table, of what was frozen and signed, of contracts and words; row order is no matter."""
    parts = [table_contracts.digest(settings.dbt_project)]
    relations = {f'target.main."{name}"': name for name in tables}
    for relation, name in (relations | {f"vintages.{name}": name for name in ("assessment_runs", "sign_offs")}).items():
        row = connection.execute(f"select count(*), bit_xor(md5_number(t::varchar)) from {relation} as t").fetchone()
        assert row is not None
        parts.append(f"{name}:{row[0]}:{row[1]}")
    row = connection.execute("select md5(?)", ["|".join(parts)]).fetchone()
    assert row is not None
    return str(row[0])


def _stored_hash(connection: duckdb.DuckDBPyConnection, current: Path) -> str | None:
    connection.execute(f"attach {quoted(current)} as standing (read_only)")
    row = connection.execute("select content_hash from standing.main.publication").fetchone()
    connection.execute("detach standing")
    return row[0] if row else None


def _rows(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> int:
    counts = [connection.execute(f'select count(*) from target.main."{name}"').fetchone() for name in tables]
    return sum(row[0] for row in counts if row)


def _export_parquet(connection: duckdb.DuckDBPyConnection, tables: list[str], folder: Path) -> None:
    folder.mkdir()
    for name in [*tables, "publication"]:
        path = quoted(folder / f"{name}.parquet")
        connection.execute(f"""copy target.main."{name}" to {path} (format parquet, compression zstd)""")


def _swap(settings: Settings, building: Path, number: int, tables: int, rows: int) -> Publication:
    """Make the new folder durable, rename it, and move the pointer: readers see all of the old or all of the new."""
    folder, final = settings.published, settings.published / f"publication-{number}"
    for path in [*building.rglob("*"), building]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        sync(path)
    if final.exists():  # of a publication that was cut short before the pointer moved
        shutil.rmtree(final)
    building.replace(final)
    sync(folder)
    _point(folder / POINTER, final.name)
    for name in (MARTS, PARQUET):
        _point(folder / name, f"{POINTER}/{name}")
    sync(folder)
    _forget(folder, number - settings.keep_publications)
    return Publication(number, final / MARTS, tables, rows)


def _point(pointer: Path, target: str) -> None:
    if pointer.is_symlink() and str(pointer.readlink()) == target:
        return
    part = pointer.with_name(f"{BUILDING}pointer-{pointer.name}")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(pointer)


def _forget(folder: Path, last: int) -> None:
    """Remove publications up to number `last`, and those of versions up to 0.1; a reader that holds one keeps its data."""
    for path in folder.iterdir():
        kind, _, number = path.name.removesuffix(".duckdb").rpartition("-")
        old = kind in ("marts", PARQUET)
        if not path.is_symlink() and number.isdecimal() and (old or (kind == "publication" and int(number) <= last)):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
