"""Vintages: every value that was ever published, with the publication that first showed it and the one that no longer did.

What lives here: the logs of changes in the warehouse's schema `vintages`, which no rebuild of models touches, and their copy in
each publication. A log is written in one transaction before its publication is swapped in, and confirmed afterwards: what a
killed publication logged is taken back by the next.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.publish import ledger, provenance
from orchestration.warehouse import PROTECTION, table_columns, transaction

UNLOGGED = ["vintage"]  # the state of knowledge stands once in `publications`, not in every row


@dataclass(frozen=True)
class Log:
    """The log of a published table: rows are told apart by `key`; `name` is what the log is published as."""

    table: str
    name: str
    key: tuple[str, ...]


CELL = ("area_code", "indicator", "window", "period_end", "clock")
LOGS = (
    Log("indicator_values", "indicator_vintages", CELL),
    Log("indicator_values_constant_boundary", "indicator_vintages_constant_boundary", CELL),
    Log("area_boundaries", "area_boundary_vintages", ("area_code", "part_code")),
    Log("assessments", "assessment_vintages", ("scheme", "area_code", "indicator", "period_end")),
    Log("attestations", "attestation_vintages", ("area_code", "item", "period_end")),
    Log("measures", "measure_vintages", ("area_code", "month", "clock", "measure", "stratum")),
    Log(
        "measure_revisions",
        "measure_revision_vintages",
        ("area_code", "measure", "event_month", "vintage_month", "change"),
    ),
    Log("clock_bridge", "clock_bridge_vintages", ("area_code", "measure", "window", "period_end")),
    Log("integrity_signals", "integrity_signal_vintages", ("method", "register", "indicator", "area_code", "month")),
    Log("birth_estimates", "birth_estimate_vintages", ("area_code", "window", "period_end", "list_pair")),
    Log(
        "reported_figures_compared",
        "reported_figure_vintages",
        ("area_code", "period_from", "period_to", "indicator", "reported_in"),
    ),
)
# Published tables that have no log, and why the past of each can be told without.
UNKEPT = {
    "indicator_funnels": "limits around values that are kept, by a formula of the catalogue",
    "quality_results": "a row per delivery, which does not change",
    "quality_scores": "follow from quality_results of each delivery",
    "reporting_scores": "follow from deliveries, which hold when each landed and what took its place",
    "delivery_calendar": "follows from deliveries",
    "provisional_reasons": "follow from quality_results; the status of each value is kept",
    "quality_alerts": "hold when each was opened and resolved",
    "deliveries": "hold when each landed and what took its place",
    "dim_area": "the register's present names; dim_area_history has validities",
    "dim_area_history": "validities are the register's own history",
    "dim_date": "a calendar",
    "dim_policy_regime": "seed, kept by version control; a publication names its code version",
    "indicators": "seed",
    "measure_catalogue": "seed",
    "windows": "seed",
    "publication_scope": "seed; each row says when it was decided",
    "registers": "seed",
    "schemes": "seed",
    "targets": "seed; a frozen run names the digest of its targets",
    "attested_items": "seed",
    "attested_item_indicators": "seed",
    "integrity_methods": "seed",
    "quality_checks": "suites, kept by version control",
    "printed_figures_checked": "seed and arithmetic",
}
LAYOUT = """
create schema if not exists vintages;
create table if not exists vintages.publications (
    publication int primary key, published_at timestamp not null, vintage varchar not null, code_version varchar not null,
    is_confirmed boolean not null, run varchar, last_landing bigint
);
alter table vintages.publications add column if not exists run varchar;
alter table vintages.publications add column if not exists last_landing bigint;
create table if not exists vintages.assessment_runs (
    run varchar primary key, scheme varchar not null, period_end date not null, publication int not null,
    vintage varchar not null, code_version varchar not null, sha256 varchar not null, frozen_at timestamp not null,
    frozen_by varchar not null, reason varchar not null, content varchar not null
);
create table if not exists vintages.sign_offs (
    run varchar not null, signed_at timestamp not null, signed_by varchar not null, reason varchar not null
);
"""
# What of the schema is published under its own name beside the logs.
RECORDS = {
    "publications": "select * exclude (is_confirmed) from vintages.publications order by publication",
    "assessment_runs": "select * exclude (content) from vintages.assessment_runs order by frozen_at, run",
    "sign_offs": "select * from vintages.sign_offs order by signed_at, run",
}


def settle(connection: duckdb.DuckDBPyConnection, current: int | None) -> int:
    """Confirm the publication that stands (`current`), take back what was logged for one that never stood; the next number.

    Numbers are never used twice, even when the folder of publications is lost.
    """
    connection.execute(LAYOUT)
    connection.execute(PROTECTION)
    with transaction(connection):
        _stand(connection, current)
        never = "(select publication from vintages.publications where not is_confirmed)"
        for log in _existing(connection):
            connection.execute(f"delete from vintages.{log.table} where published_in in {never}")
            connection.execute(f"update vintages.{log.table} set replaced_in = null where replaced_in in {never}")
        connection.execute("delete from vintages.publications where not is_confirmed")
        row = connection.execute("select coalesce(max(publication), 0) from vintages.publications").fetchone()
    assert row is not None
    return max(int(row[0]), current or 0) + 1


def record(connection: duckdb.DuckDBPyConnection, number: int, code_version: str, run: str, at: datetime) -> None:
    """Log what publication `number` (`target`) shows otherwise than the one before, in one transaction, still unconfirmed.

    The tables come before the transaction: DuckDB 2.0.0 copies a table that was made and filled with more than a row group
    (122,880 rows) in one transaction as an empty one, until the next checkpoint.
    """
    for log in LOGS:
        _ensure(connection, log)
    with transaction(connection):
        for log in LOGS:
            _log_changes(connection, log, number)
        connection.execute(
            "insert into vintages.publications select ?, ?, coalesce(max(vintage), ''), ?, false, ?, "
            "(select max(landing) from target.main.deliveries) from target.main.indicator_values",
            [number, at, code_version, run],
        )


def confirm(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Publication `number` stands: from now on the ledger holds figures at what it shows."""
    with transaction(connection):
        _stand(connection, number)


def _stand(connection: duckdb.DuckDBPyConnection, number: int | None) -> None:
    found = connection.execute(
        "update vintages.publications set is_confirmed = true where publication = ? and not is_confirmed returning publication",
        [number],
    ).fetchone()
    if found:
        ledger.follow(connection, found[0])


def copy_logs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Copy logs and records into the attached `target`, with `<table>_as_of(publication)` beside each log; their names.

    `publication_on(day)` is the publication that stood at the end of a day; null before the first.
    """
    for log in LOGS:
        _copy_whole(connection, f"vintages.{log.table}", f"target.main.{log.name}")
    for name, query in RECORDS.items():
        connection.execute(f"create table target.main.{name} as {query}")
    _create_within(connection)
    return [*(log.name for log in LOGS), *RECORDS]


def _copy_whole(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Copy a table; InternalException when rows are missing from the copy."""
    connection.execute(f"create table {target} as from {source}")
    counts = connection.execute(f"select (select count(*) from {source}), (select count(*) from {target})").fetchone()
    if counts is None or counts[0] != counts[1]:
        raise duckdb.InternalException(f"{target} lacks rows of {source}")


def _create_within(connection: duckdb.DuckDBPyConnection) -> None:
    """`<table>_as_of(publication)`, `publication_on(day)` and `provenance`; no name of their own file, so made from within."""
    home = connection.execute("select current_database()").fetchone()
    assert home is not None
    connection.execute("use target")
    for log in LOGS:
        connection.execute(
            f"create macro {log.table}_as_of(as_of) as table select * exclude (published_in, replaced_in) "
            f"from {log.name} where {standing('as_of')}"
        )
    connection.execute(
        "create macro publication_on(as_of) as "
        "(select max(publication) from publications where published_at < as_of::date + interval 1 day)"
    )
    provenance.create(connection)
    connection.execute(f'use "{home[0]}"')


def standing(publication: str) -> str:
    """SQL condition on a log: the rows that a publication (an expression) showed."""
    return f"published_in <= {publication} and (replaced_in is null or replaced_in > {publication})"


def _existing(connection: duckdb.DuckDBPyConnection) -> list[Log]:
    query = "select table_name from duckdb_tables() where schema_name = 'vintages'"
    found = {row[0] for row in connection.execute(query).fetchall()}
    return [log for log in LOGS if log.table in found]


def _ensure(connection: duckdb.DuckDBPyConnection, log: Log) -> None:
    """The log in place, with every column of its table; a column that the table has lost stays for the past."""
    connection.execute(
        f"""create table if not exists vintages.{log.table} as select columns(lambda name: name not in {UNLOGGED}),
            0::int as published_in, null::int as replaced_in from target.main.{log.table} limit 0"""
    )
    logged = table_columns(connection, f"vintages.{log.table}")
    for name, kind in table_columns(connection, f"target.main.{log.table}").items():
        if name not in logged and name not in UNLOGGED:
            connection.execute(f'alter table vintages.{log.table} add column "{name}" {kind}')


def _log_changes(connection: duckdb.DuckDBPyConnection, log: Log, number: int) -> None:
    """Close the rows that the new publication shows otherwise or not at all, then open those that it shows newly."""
    names = [name for name in table_columns(connection, f"target.main.{log.table}") if name not in UNLOGGED]
    same_key = " and ".join(f'old."{name}" = new."{name}"' for name in log.key)
    same = " and ".join(f'old."{name}" is not distinct from new."{name}"' for name in names if name not in log.key)
    connection.execute(
        f"""update vintages.{log.table} as old set replaced_in = {number} where replaced_in is null
            and not exists (from target.main.{log.table} as new where {same_key} and {same})"""
    )
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        f"""insert into vintages.{log.table} ({listed}, published_in)
            select {", ".join(f'new."{name}"' for name in names)}, {number} from target.main.{log.table} as new
            where not exists (from vintages.{log.table} as old where {same_key} and old.replaced_in is null)"""
    )
