"""Records of the gate: what the suites say and what came of them, written in the transaction of their delivery."""

from datetime import datetime

import duckdb

from orchestration.landing.receive import FileName
from orchestration.periods import now
from orchestration.quality.alerts import record_event, resolve_alert, update_alert
from orchestration.quality.gate import CheckResult
from orchestration.quality.suites import Threshold
from orchestration.warehouse import transaction


def record_results(
    connection: duckdb.DuckDBPyConnection,
    name: FileName,
    delivery: int,
    results: list[CheckResult],
    at: datetime,
) -> None:
    """One row per threshold and delivery into quality.results; alerts opened, kept and resolved to match."""
    if not results:
        return
    rows = [
        (delivery, name.register, name.area, name.month, result.threshold.id, result.threshold.type,
         result.threshold.dimension, result.threshold.severity, result.status, result.elements, result.unexpected,
         result.observed, result.threshold.threshold, at)
        for result in results
    ]  # fmt: skip
    marks = ", ".join("?" * len(rows[0]))
    connection.execute(
        f"insert into quality.results values {', '.join(f'({marks})' for _ in rows)}",
        [value for row in rows for value in row],
    )
    standing = connection.execute(
        "select check_id, alert, last_month from quality.alerts where register = ? and area_code = ? and status = 'open'",
        [name.register, name.area],
    ).fetchall()
    alerts = {check: (alert, last_month) for check, alert, last_month in standing}
    for result in results:
        update_alert(connection, name, delivery, result, alerts.get(result.threshold.id), at)


def record_suites(connection: duckdb.DuckDBPyConnection, suites: dict[str, list[Threshold]]) -> None:
    """Make quality.checks say what the suites say now: results keep their meaning beside them in the warehouse.

    An open alert of a check that there is no longer is resolved: no delivery would ever mend it.
    """
    rows = [
        (t.id, register, t.type, t.dimension, t.severity, t.since, t.threshold, t.zh, t.en, t.reason)
        for register, thresholds in sorted(suites.items())
        for t in thresholds
    ]
    standing = connection.execute("select * from quality.checks").fetchall()
    if sorted(rows) != sorted(standing):
        with transaction(connection):
            connection.execute("delete from quality.checks")
            connection.executemany("insert into quality.checks values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            _resolve_of(connection, {row[0] for row in standing} - {row[0] for row in rows}, now())


def _resolve_of(connection: duckdb.DuckDBPyConnection, gone: set[str], at: datetime) -> None:
    """Resolve the open alerts of these checks; those who were told of them are told so."""
    query = "select alert, last_month from quality.alerts where status = 'open' and list_contains(?, check_id)"
    for alert, month in connection.execute(query, [sorted(gone)]).fetchall() if gone else []:
        resolve_alert(connection, alert, None)
        record_event(connection, alert, "resolved", month, at)
