"""The current publication in a PostgreSQL database: schema `marts`, read by the role `renkou_analyst`, replaced in one step.

Rows are replaced in one transaction: each statement of a reader sees one publication, whatever tables it names, and nobody
waits. Only when the contract of the tables changed (another release) is the schema itself exchanged for a new one.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.csv

from orchestration.errors import RenkouError
from orchestration.publish import provenance
from orchestration.publish.analyst import open_marts, streamed
from orchestration.publish.exports import published_tables
from orchestration.publish.files import Told
from orchestration.settings import Settings

if TYPE_CHECKING:
    import psycopg

SCHEMA, NEXT, OLD = "marts", "marts_next", "marts_old"
ANALYST = "renkou_analyst"
TYPES = {
    "VARCHAR": "text",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
SECRETS = {"password", "sslpassword"}


class NotLoaded(RenkouError):
    """The publication was not loaded; what stood there before stands. The message holds no address and no password."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded; `unchanged` when the same publication stood there, `kept` when a replaced schema is still in use."""

    publication: int
    tables: int
    rows: int
    unchanged: bool = False
    kept: bool = False


def check_address(url: str) -> None:
    """NotLoaded when the text is no address of a database, or holds a password: command lines are seen by all."""
    import psycopg.conninfo

    if not url.startswith(("postgresql://", "postgres://")):
        raise NotLoaded("--to takes postgresql://user@host/database")
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:  # its message would repeat the address
        raise NotLoaded("--to takes postgresql://user@host/database; this one cannot be read") from None
    if SECRETS & set(parts):
        raise NotLoaded(
            "no password on the command line, where every process sees it: put it into ~/.pgpass (mode 0600) or PGPASSWORD"
        )


def load(settings: Settings, url: str, told: Told = lambda rows: None) -> Loaded:
    """Load the current publication: readers see the old rows until the new are complete, then those.

    NotLoaded when the server cannot be reached or refuses: the old publication stands then, or, once the new one does, what
    it replaced still takes room.
    """
    import psycopg

    check_address(url)
    try:
        with (
            open_marts(settings) as marts,
            psycopg.connect(url, application_name="renkou", connect_timeout=10) as server,
        ):
            done = _load(marts, server, told)
            server.commit()
            return done if done.unchanged else _free_room(server, done)
    except psycopg.Error as error:
        raise NotLoaded(f"PostgreSQL: {error.diag.message_primary or str(error).strip()}") from None


def _load(marts: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", told: Told) -> Loaded:
    ((number, content),) = marts.execute("select publication, content_hash from publication").fetchall()
    tables = published_tables(marts)
    server.execute("select pg_advisory_xact_lock(hashtext('renkou.publish'))")  # one load at a time
    standing = _standing(server)
    if standing == (number, content):
        return Loaded(number, len(tables), 0, unchanged=True)
    contract = _contract(marts)
    if standing and _standing_contract(server) == contract:
        rows = _replace_rows(marts, server, tables, told)
    else:
        _refuse_foreign(server, [NEXT] if standing else [SCHEMA, NEXT])
        rows = _exchange_schema(marts, server, tables, contract, told)
    return Loaded(number, len(tables), rows)


def _replace_rows(
    marts: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", tables: list[str], told: Told
) -> int:
    server.execute(f"set local search_path = {SCHEMA}")
    for table in tables:  # no `truncate`: it would wait for readers
        server.execute(f'delete from "{table}"')
    return _fill(marts, server, tables, told)


def _exchange_schema(
    marts: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", tables: list[str], contract: str, told: Told
) -> int:
    server.execute(f"create schema {NEXT}; set local search_path = {NEXT}")
    for table in tables:
        _create(marts, server, table)
    rows = _fill(marts, server, tables, told)
    server.execute(provenance.PROVENANCE)
    _comment(marts, server, contract)
    _grant(server)
    if _exists(server, SCHEMA):  # a renaming waits for no reader, as dropping tables would
        server.execute(f"alter schema {SCHEMA} rename to {_free_name(server)}")
    server.execute(f"alter schema {NEXT} rename to {SCHEMA}")
    return rows


def _contract(marts: duckdb.DuckDBPyConnection) -> str:
    """A digest of the tables' columns, types and comments, and of the view beside them."""
    described = marts.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() where not internal order by all"
    ).fetchall()
    return hashlib.sha256(repr((described, _relations(marts), provenance.PROVENANCE)).encode()).hexdigest()


def _relations(marts: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str | None]]:
    """Kind, name and comment of every table and view."""
    return marts.execute(
        "select 'table', table_name, comment from duckdb_tables() where not internal "
        "union all select 'view', view_name, comment from duckdb_views() where not internal order by all"
    ).fetchall()


def _standing_contract(server: "psycopg.Connection[Any]") -> str | None:
    row = server.execute(f"select obj_description('{SCHEMA}'::regnamespace)").fetchone()
    return row[0] if row else None


def _refuse_foreign(server: "psycopg.Connection[Any]", schemas: list[str]) -> None:
    """NotLoaded when somebody else has a schema of these names: ours hold a publication, or are gone with their transaction."""
    for schema in schemas:
        if _exists(server, schema):
            raise NotLoaded(
                f"the database has a schema {schema} that Renkou did not load: rename it, or name another database"
            )


def _exists(server: "psycopg.Connection[Any]", schema: str) -> bool:
    return server.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone() is not None


def _standing(server: "psycopg.Connection[Any]") -> tuple[int, str] | None:
    if server.execute(f"select to_regclass('{SCHEMA}.publication')").fetchone() == (None,):
        return None
    return server.execute(f"select publication, content_hash from {SCHEMA}.publication").fetchone()


def _free_name(server: "psycopg.Connection[Any]") -> str:
    number = 1
    while _exists(server, f"{OLD}_{number}"):
        number += 1
    return f"{OLD}_{number}"


def _create(marts: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", table: str) -> None:
    columns = marts.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not internal order by column_index",
        [table],
    ).fetchall()
    listed = ", ".join(f'"{name}" {TYPES[kind]}' for name, kind in columns)
    server.execute(f'create table "{table}" ({listed})')


def _fill(marts: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", tables: list[str], told: Told) -> int:
    """Copy the rows of the tables as they are published; how many."""
    rows = 0
    options = pyarrow.csv.WriteOptions(include_header=False)  # text is quoted, null is not: as COPY tells them apart
    for table in tables:
        with server.cursor().copy(f'copy "{table}" from stdin (format csv)') as into:
            for batch in streamed(marts, f'from "{table}"').batches:
                text = io.BytesIO()
                pyarrow.csv.write_csv(batch, text, options)
                into.write(text.getbuffer())
                rows += batch.num_rows
        server.execute(f'analyze "{table}"')
        told(rows)
    return rows


def _comment(marts: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", contract: str) -> None:
    """The comments of tables, view and columns; the contract as that of the schema."""
    from psycopg import sql

    server.execute(sql.SQL("comment on schema {} is {}").format(sql.Identifier(NEXT), sql.Literal(contract)))
    for kind, name, text in _relations(marts):
        server.execute(sql.SQL("comment on {} {} is {}").format(sql.SQL(kind), sql.Identifier(name), sql.Literal(text)))
    for table, column, text in marts.execute(
        "select table_name, column_name, comment from duckdb_columns() where not internal"
    ).fetchall():
        server.execute(sql.SQL("comment on column {} is {}").format(sql.Identifier(table, column), sql.Literal(text)))


def _grant(server: "psycopg.Connection[Any]") -> None:
    """Analysts read this schema; nobody else but the owner does."""
    if server.execute("select 1 from pg_roles where rolname = %s", [ANALYST]).fetchone() is None:
        server.execute(f"create role {ANALYST} nologin")
    server.execute(f"revoke all on schema {NEXT} from public; grant usage on schema {NEXT} to {ANALYST}")
    server.execute(f"grant select on all tables in schema {NEXT} to {ANALYST}")


def _free_room(server: "psycopg.Connection[Any]", done: Loaded) -> Loaded:
    """Free the room of what was replaced. A schema that a reader still reads or has built on stays for the next time."""
    import psycopg

    kept = False
    for (schema,) in server.execute("select nspname from pg_namespace where nspname ~ '^marts_old_[0-9]+$'").fetchall():
        try:
            with server.transaction():
                server.execute("set local lock_timeout = '2s'")
                _drop(server, schema)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DependentObjectsStillExist):
            kept = True
    tables = server.execute("select quote_ident(tablename) from pg_tables where schemaname = %s", [SCHEMA]).fetchall()
    server.commit()
    server.autocommit = True  # no transaction may hold a `vacuum`
    server.execute("vacuum (truncate false, skip_locked) " + ", ".join(f"{SCHEMA}.{name}" for (name,) in tables))
    return Loaded(done.publication, done.tables, done.rows, kept=kept)


def _drop(server: "psycopg.Connection[Any]", schema: str) -> None:
    """Drop a schema with what we put there, and nothing that somebody else made of it."""
    found = server.execute(
        "select relkind, quote_ident(relname) from pg_class where relnamespace = %s::regnamespace and relkind in ('r', 'v')",
        [schema],
    ).fetchall()
    for kind, word in (("v", "view"), ("r", "table")):
        names = ", ".join(f"{schema}.{name}" for relkind, name in found if relkind == kind)
        if names:
            server.execute(f"drop {word} {names} restrict")
    server.execute(f"drop schema {schema} restrict")
