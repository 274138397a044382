"""The warehouse file: opening it, one writer at a time, and the bookkeeping tables that are not dbt's."""

import hashlib
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb
from filelock import FileLock, Timeout

from orchestration.errors import SettingsError, WarehouseBusy
from orchestration.landing.contracts import Register
from orchestration.settings import Settings

# What disclosure control remembers: the ledger of what is shown, what was withheld, and what the audit found safe.
PROTECTION = """
create schema if not exists protection;
create table if not exists protection.audited (cell ubigint primary key, fingerprint ubigint not null);
create table if not exists protection.withheld (cell ubigint primary key, publication integer not null);
create table if not exists protection.indicator_values (
    area_code varchar, indicator varchar, "window" varchar, period_end date,
    clock varchar, numerator double, denominator double, effective_size double, numerator_shown varchar,
    denominator_shown varchar, value double, low double, high double
);
create table if not exists protection.indicator_values_constant_boundary (
    area_code varchar, indicator varchar, "window" varchar, period_end date,
    clock varchar, numerator double, denominator double, effective_size double, numerator_shown varchar,
    denominator_shown varchar, value double, low double, high double
);
create table if not exists protection.measures (
    area_code varchar, month date, clock varchar, measure varchar, stratum varchar,
    value double, shown varchar
);
create table if not exists protection.clock_bridge (
    area_code varchar, measure varchar, "window" varchar, period_end date,
    event_value double, reported_later double, found_late double, report_value double
);
create table if not exists protection.measure_revisions (
    area_code varchar, measure varchar, event_month date, vintage_month date,
    change varchar, records_added double, records_taken double
);
create table if not exists protection.birth_estimates (
    area_code varchar, "window" varchar, period_end date, list_pair varchar,
    births_unadjusted double, births_listed double, births_in_both double
);
create table if not exists protection.integrity_signals (
    method varchar, register varchar, indicator varchar, area_code varchar, month date,
    hits bigint, cases bigint, expected_share double, status varchar
);
"""
BOOKKEEPING = f"""
{PROTECTION}
create schema if not exists landing;
create schema if not exists quality;
create schema if not exists raw;
create schema if not exists retired;
create schema if not exists lines;
create table if not exists landing.settings (name varchar primary key, value varchar not null);
create table if not exists landing.deliveries (
    delivery bigint primary key, register varchar not null, area_code varchar not null, month date not null,
    redelivery integer not null, file_name varchar not null, sha256 varchar not null, bytes bigint not null,
    received_at timestamp not null, landed_at timestamp, status varchar not null, reason varchar, gate varchar,
    rows_in bigint, rows_landed bigint, rows_unchanged bigint, rows_quarantined bigint, rows_closed bigint,
    accepted_by varchar, accept_reason varchar, landing bigint
);
create table if not exists landing.quarantine (
    delivery bigint not null, line bigint not null, column_name varchar not null, rule varchar not null
);
create table if not exists landing.purges (
    sha256 varchar primary key, register varchar not null, area_code varchar not null, month date not null,
    file_names varchar[] not null, bytes bigint not null, purged_at timestamp not null, purged_by varchar not null,
    reason varchar not null
);
create table if not exists landing.key_rotations (
    rotated_at timestamp not null, kind varchar not null, rotated_by varchar not null, reason varchar not null,
    fingerprint varchar not null
);
create table if not exists quality.results (
    delivery bigint not null, register varchar not null, area_code varchar not null, month date not null,
    check_id varchar not null, expectation varchar not null, dimension varchar not null, severity varchar not null,
    status varchar not null, elements bigint, unexpected bigint, observed double, threshold double,
    checked_at timestamp not null
);
create table if not exists quality.checks (
    check_id varchar primary key, register varchar not null, expectation varchar not null, dimension varchar not null,
    severity varchar not null, since date not null, threshold double not null, sentence_zh varchar not null,
    sentence_en varchar not null, reason varchar not null
);
create table if not exists quality.alerts (
    alert varchar primary key, check_id varchar not null, register varchar not null, area_code varchar not null,
    severity varchar not null, opened_month date not null, opened_by bigint not null, last_month date not null,
    resolved_by bigint, status varchar not null, elements bigint, unexpected bigint
);
alter table quality.alerts add column if not exists opened_at timestamp;
alter table quality.alerts add column if not exists acknowledged_by varchar;
alter table quality.alerts add column if not exists note varchar;
alter table quality.alerts add column if not exists muted_until date;
create table if not exists quality.alert_events (
    event varchar primary key, alert varchar not null, kind varchar not null, happened_at timestamp not null, month date not null,
    delivery bigint, elements bigint, unexpected bigint, lines bigint[], routed_at timestamp
);
alter table quality.alert_events add column if not exists threshold double;
create table if not exists quality.notices (
    event varchar not null, channel varchar not null, batch varchar, primary key (event, channel)
);
create table if not exists quality.batches (
    batch varchar primary key, channel varchar not null, formed_at timestamp not null, attempts integer not null,
    next_try_at timestamp not null, sent_at timestamp, last_error varchar
);
alter table quality.batches add column if not exists attachment varchar;
alter table quality.batches add column if not exists attachment_note varchar;
"""
PSEUDONYM_KEY, ARCHIVE_KEY = "key_fingerprint", "archive_recipient"  # names in landing.settings
WRONG_KEY = {
    PSEUDONYM_KEY: "this is not the pseudonym key under which the warehouse's data landed (fingerprints differ); "
    "name the right one in RENKOU_KEY_FILE",
    ARCHIVE_KEY: "this is not the key under which the archive's originals are sealed; "
    "name the right one in RENKOU_ARCHIVE_KEY_FILE",
}
META_COLUMNS = {
    "_area": "varchar not null",
    "_scope": "varchar not null",
    "_row_hash": "uhugeint not null",
    "_valid_from": "date not null",
    "_valid_to": "date",
    "_opened_by": "bigint not null",
    "_closed_by": "bigint",
    "_recorded": "bigint not null default 0",
}


LINE_COLUMNS = (
    "_area varchar not null, high ubigint not null, low ubigint not null, _row_hash uhugeint not null, month date"
)


def raw_tables_sql(register: Register) -> str:
    """DDL of the register's history (`raw`), of what later landings replaced in it (`retired`) and of its known lines."""
    columns = [f'"{column.landed_name}" {column.sql_type}' for column in register.kept]
    columns += [f"{name} {sql_type}" for name, sql_type in META_COLUMNS.items()]
    return (
        f"create table if not exists raw.{register.name} ({', '.join(columns)});"
        f"create table if not exists retired.{register.name} ({', '.join([*columns, '_retired bigint not null'])});"
        f"create table if not exists lines.{register.name} ({LINE_COLUMNS});"
    )


def ensure_layout(connection: duckdb.DuckDBPyConnection, registers: dict[str, Register]) -> None:
    """Every table of ours in place. The layout's digest stands in the settings, so that a warehouse that has it is left alone."""
    statements = BOOKKEEPING + "".join(raw_tables_sql(register) for register in registers.values())
    digest = hashlib.sha256(statements.encode()).hexdigest()[:16]
    with suppress(duckdb.CatalogException):  # a new warehouse has no settings
        found = connection.execute("select value from landing.settings where name = 'layout'").fetchone()
        if found == (digest,):
            return
    connection.execute(statements)
    upgrade(connection, registers)
    add_columns(connection, registers)
    connection.execute("insert or replace into landing.settings values ('layout', ?)", [digest])


def upgrade(connection: duckdb.DuckDBPyConnection, registers: dict[str, Register]) -> None:
    """Give a warehouse of version 0.1 its landing numbers: what it holds counts as recorded before the first one."""
    query = "select count(*) from duckdb_columns() where schema_name = 'landing' and table_name = 'deliveries'"
    found = connection.execute(f"{query} and column_name = 'landing'").fetchone()
    if found != (0,):
        return
    with transaction(connection):
        connection.execute("alter table landing.deliveries add column landing bigint")
        connection.execute(
            """update landing.deliveries as d set landing = n.place from (select delivery, row_number() over (order by landed_at,
                delivery) as place from landing.deliveries where landed_at is not null) as n where d.delivery = n.delivery"""
        )
        for name in registers:
            connection.execute(f"alter table raw.{name} add column if not exists _recorded bigint default 0")


def add_columns(connection: duckdb.DuckDBPyConnection, registers: dict[str, Register]) -> None:
    """Give the tables of a register the columns that its contract has gained; what landed before has none of them.

    A column that a contract has lost stays, empty from then on: nothing that landed is thrown away.
    """
    query = "select schema_name, table_name, column_name from duckdb_columns() where schema_name in ('raw', 'retired')"
    found = set(connection.execute(query).fetchall())
    for register in registers.values():
        for column in register.kept:
            for schema in ("raw", "retired"):
                if (schema, register.name, column.landed_name) not in found:
                    connection.execute(
                        f'alter table {schema}.{register.name} add column "{column.landed_name}" {column.sql_type}'
                    )


def table_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Column -> type of a table, in its order."""
    return {row[0]: row[1] for row in connection.execute(f"describe {relation}").fetchall()}


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    connection.execute("begin transaction")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # what went wrong may have ended the transaction itself
            connection.execute("rollback")
        raise


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever is created meanwhile (write-ahead log, spill, archive) is readable by its owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Hold the operating system's lock on the warehouse; WarehouseBusy when another process keeps it too long."""
    settings.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.writer_lock)
    try:
        lock.acquire(timeout=settings.lock_timeout)
    except Timeout:
        raise WarehouseBusy("another renkou process is writing to the warehouse; try again when it is done") from None
    try:
        yield
    finally:
        lock.release()


def _connect(settings: Settings, spill: str) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(
            str(settings.warehouse),
            config={
                "memory_limit": settings.memory_limit,
                "threads": settings.threads,
                "temp_directory": spill,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
    except duckdb.Error as error:
        raise WarehouseBusy(
            f"{settings.warehouse.name} cannot be opened ({type(error).__name__}): another program holds it, "
            "or the file or its folder cannot be written"
        ) from None


@contextmanager
def open_warehouse(settings: Settings, registers: dict[str, Register]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse for writing, under the writer lock, with every table of ours in place."""
    with writer_lock(settings), private_files():
        spill = settings.root / "tmp"
        shutil.rmtree(spill, ignore_errors=True)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))  # no crash dumps
        connection = _connect(settings, str(spill))
        try:
            settings.warehouse.chmod(0o600)
            connection.execute("set enable_progress_bar = false")  # DuckDB's own would stand in the middle of --json
            ensure_layout(connection, registers)
            yield connection
        finally:
            connection.close()


def bound(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """What the warehouse knows a key by; None before that key's first use."""
    row = connection.execute("select value from landing.settings where name = ?", [name]).fetchone()
    return row[0] if row else None


def bind_key(connection: duckdb.DuckDBPyConnection, name: str, fingerprint: str) -> None:
    """Tie the warehouse to a key on first use; SettingsError when it is tied to another."""
    standing = bound(connection, name)
    if standing is None:
        connection.execute("insert into landing.settings values (?, ?)", [name, fingerprint])
    elif standing != fingerprint:
        raise SettingsError(WRONG_KEY[name])
