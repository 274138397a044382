"""What is still to be done: files that the warehouse has not seen, and landed data that no publication shows yet."""

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb

from orchestration.errors import Refusal
from orchestration.landing.contracts import Register, load_contracts
from orchestration.landing.inbox import inbox_files
from orchestration.landing.ledger import RETRIED
from orchestration.landing.receive import parse_name
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

LATEST_CHANGE = "select max(coalesce(landed_at, received_at))::varchar from landing.deliveries"


def unrecognised_files(settings: Settings, registers: dict[str, Register]) -> list[Refusal]:
    """The inbox's files that no run will ever take, because their names say nothing to us: one refusal each."""
    found = []
    for path in inbox_files(settings):
        try:
            parse_name(path.name, registers)
        except Refusal as refusal:
            found.append(refusal)
    return found


def pending_months(settings: Settings) -> list[tuple[date, int]]:
    """Snapshot months to run, oldest first, each with the number of its new files.

    A month is pending when the inbox holds a file of it that the ledger does not know, or knows as a refusal that an area
    register may have lifted. When nothing is new but the last publication is older than the newest delivery (it landed by
    hand, was accepted, or a run was cut short), the newest month is pending with 0 new files.
    """
    registers = load_contracts(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        known = _known(connection)
        newest = _unpublished_month(connection)
    counts: Counter[date] = Counter()
    for path in inbox_files(settings):
        try:
            month = parse_name(path.name, registers).month
        except Refusal:
            continue
        counts[month] += path.is_file() and not path.is_symlink() and (path.name, _digest(path)) not in known
    pending = {month: count for month, count in counts.items() if count}
    if not pending and newest:
        pending = {newest: 0}
    return sorted(pending.items())


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _known(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    rows = connection.execute(
        "select file_name, sha256, status, coalesce(reason, '') from landing.deliveries"
    ).fetchall()
    return {
        (name, digest)
        for name, digest, status, reason in rows
        if not (status == "refused" and any(f": {rule}: " in reason for rule in RETRIED))
    }


def _unpublished_month(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The newest landed month, when something changed since what is published was built; else None."""
    changed = connection.execute(LATEST_CHANGE).fetchone()
    shown = connection.execute("select value from landing.settings where name = 'published'").fetchone()
    if changed is None or changed[0] is None or changed == shown:
        return None
    row = connection.execute("select max(month) from landing.deliveries where status = 'landed'").fetchone()
    return row[0] if row else None


def mark_built(settings: Settings, models: str) -> None:
    """Remember up to which delivery the marts were built, and by which models (digest of the dbt project)."""
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        connection.execute(f"insert or replace into landing.settings select 'built', ({LATEST_CHANGE})")
        connection.execute("insert or replace into landing.settings values ('models', ?)", [models])


def take_built_models(settings: Settings) -> str | None:
    """The digest of the models that last built everything, taken back until the next build has ended well."""
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        row = connection.execute("delete from landing.settings where name = 'models' returning value").fetchone()
    return row[0] if row else None


def mark_published(settings: Settings) -> None:
    """Remember that what was built has been published."""
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        connection.execute(
            "insert or replace into landing.settings select 'published', value from landing.settings where name = 'built'"
        )
