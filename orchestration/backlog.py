"""What the inbox holds that the warehouse has not seen yet."""

import hashlib
from collections import Counter
from datetime import date

from orchestration.errors import Refusal
from orchestration.landing.contracts import load_contracts
from orchestration.landing.deliver import inbox_files
from orchestration.landing.receive import parse_name
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse


def pending_months(settings: Settings) -> list[tuple[date, int]]:
    """Snapshot months with new files in the inbox, oldest first, each with the number of its new files."""
    registers = load_contracts(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        known = set(connection.execute("select file_name, sha256 from landing.deliveries").fetchall())
        built = connection.execute("select count(*) from duckdb_tables() where schema_name = 'published'").fetchone()
    counts: Counter[date] = Counter()
    latest: date | None = None
    for path in inbox_files(settings):
        try:
            month = parse_name(path.name, registers).month
        except Refusal:
            continue
        latest = max(latest or month, month)
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as handle:
                counts[month] += (path.name, hashlib.file_digest(handle, "sha256").hexdigest()) not in known
    pending = {month: count for month, count in counts.items() if count}
    if not pending and latest and built == (0,):
        pending = {latest: 0}  # everything landed, but a run was cut short before the marts were built
    return sorted(pending.items())
