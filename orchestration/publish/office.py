"""The office's file: the tables of the publication with exact figures of areas, for the statistics office alone.

The same tables under the same names, so that a query runs on either; where a mart is what a published table protects, the mart
itself; and the facts of the marts, counted (decision 0039). Areas and periods only, as in the publication: no row is a person's.
It lies outside published/, is readable by its owner only, and is opened by nothing but `--office`.
"""

from contextlib import suppress
from pathlib import Path

import duckdb

from orchestration.durable import sync
from orchestration.errors import cause_of
from orchestration.periods import now
from orchestration.publish.office_facts import counted_facts
from orchestration.publish.publication import NOTHING_YET, PublicationBlocked, refuse_persons
from orchestration.settings import Settings
from orchestration.sql_text import quoted
from orchestration.warehouse import private_files, writer_lock

# By which models, and up to which landing, the marts were built; no row when the last build was not whole.
BUILT = """select string_agg(value, ' ' order by name) from landing.settings where name in ('built', 'models')
    having count(*) = 2"""
# Marts that are not published: dimensions of the facts (areas, days and regimes are), and what protection leaves to the office.
OFFICE_ONLY = ("dim_institution", "dim_method", "measure_triangle", "measures_constant_boundary")
NOTICE_ZH = "机密：地区精确数据，仅供统计机构内部使用，不得公布。"
NOTICE_EN = "Confidential: exact figures of areas, for the statistics office only, not for publication."


def write_office(settings: Settings) -> Path | None:
    """Write the office's file anew unless it was written after this very build; its path, or None when it stands as it should.

    PublicationBlocked when a table holds a column of persons, or nothing was built yet; the old file stays then.
    """
    with writer_lock(settings), private_files():
        if not settings.warehouse.exists():
            raise PublicationBlocked(NOTHING_YET)
        settings.office.mkdir(parents=True, exist_ok=True)
        settings.office.chmod(0o700)
        building = settings.office_marts.with_suffix(".building")
        building.unlink(missing_ok=True)
        try:
            config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
            with duckdb.connect(str(settings.warehouse), config=config) as connection:
                return _write(settings, connection, building)
        except (duckdb.Error, OSError) as error:
            raise PublicationBlocked(f"the office's file could not be written ({cause_of(error)})") from None
        finally:
            building.unlink(missing_ok=True)


def _write(settings: Settings, connection: duckdb.DuckDBPyConnection, building: Path) -> Path | None:
    built = connection.execute(BUILT).fetchone()
    if built and settings.office_marts.exists() and _built(settings.office_marts) == built[0]:
        return None
    connection.execute(f"attach {quoted(building)} as office")
    queries = _queries(settings, connection)
    if not queries:
        raise PublicationBlocked(NOTHING_YET)
    for name, query in queries.items():
        connection.execute(f'create table office.main."{name}" as {query}')
    refuse_persons(settings, connection, "office")
    connection.execute(
        "create table office.main.office as "
        "select ?::timestamp as written_at, ?::varchar as built, ? as notice_zh, ? as notice_en",
        [now(), built[0] if built else None, NOTICE_ZH, NOTICE_EN],
    )
    connection.execute("checkpoint office")
    connection.execute("detach office")
    return _put(building, settings.office_marts)


def _queries(settings: Settings, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What each table is made of: the mart that a published table protects, or, without one, that table; facts are counted."""
    rows = connection.execute(
        """select table_name, max(table_schema = 'marts'), max(table_schema = 'published') from information_schema.tables
            where table_catalog = current_database() and table_schema in ('marts', 'published')
            group by table_name order by table_name"""
    ).fetchall()
    counted = {fact.name: fact.query() for fact in counted_facts(settings.dbt_project)}
    queries = {}
    for name, is_mart, is_published in rows:
        if name in counted:
            queries[name] = counted[name]
        elif is_published or name in OFFICE_ONLY:
            queries[name] = f'select * from {"marts" if is_mart else "published"}."{name}"'
    return queries


def _built(path: Path) -> str | None:
    with suppress(duckdb.Error), duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select built from office").fetchone()
        return row[0] if row else None
    return None  # what cannot be read is written anew


def _put(building: Path, final: Path) -> Path:
    building.chmod(0o600)
    sync(building)
    building.replace(final)
    sync(final.parent)
    return final
