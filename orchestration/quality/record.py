"""Records of the gate: result rows and alerts, written in the transaction of the delivery that they are about."""

from datetime import datetime

import duckdb

from orchestration.landing.receive import FileName
from orchestration.quality.gate import CheckResult
from orchestration.quality.suites import Threshold


def record_results(
    connection: duckdb.DuckDBPyConnection,
    name: FileName,
    delivery: int,
    results: list[CheckResult],
    at: datetime,
) -> None:
    """One row per threshold and delivery into quality.results; alerts opened, kept and resolved to match."""
    for result in results:
        threshold = result.threshold
        connection.execute(
            "insert into quality.results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [delivery, name.register, name.area, name.month, threshold.id, threshold.type, threshold.dimension,
             threshold.severity, result.status, result.elements, result.unexpected, result.observed,
             threshold.threshold, at],
        )  # fmt: skip
        _update_alert(connection, name, delivery, result)


def record_suites(connection: duckdb.DuckDBPyConnection, suites: dict[str, list[Threshold]]) -> None:
    """Make quality.checks say what the suites say now: results keep their meaning beside them in the warehouse."""
    rows = [
        (t.id, register, t.type, t.dimension, t.severity, t.since, t.threshold, t.zh, t.en, t.reason)
        for register, thresholds in sorted(suites.items())
        for t in thresholds
    ]
    standing = connection.execute("select * from quality.checks").fetchall()
    if sorted(rows) != sorted(standing):
        connection.execute("begin transaction")
        connection.execute("delete from quality.checks")
        connection.executemany("insert into quality.checks values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("commit")


def _update_alert(connection: duckdb.DuckDBPyConnection, name: FileName, delivery: int, result: CheckResult) -> None:
    """At most one open alert per rule, register and area: opened by the first breach, resolved by a later clean delivery.

    A held delivery that is accepted after its alert was resolved opens that alert again.
    """
    place = [result.threshold.id, name.register, name.area]
    open_alert = connection.execute(
        "select alert, last_month from quality.alerts "
        "where check_id = ? and register = ? and area_code = ? and status = 'open'", place
    ).fetchone()  # fmt: skip
    breached = result.status in ("warn", "fail")
    if open_alert is None:
        if breached:
            connection.execute(
                "insert into quality.alerts values (?, ?, ?, ?, ?, ?, ?, ?, null, 'open', ?, ?) on conflict (alert) do update "
                "set status = 'open', resolved_by = null, elements = excluded.elements, unexpected = excluded.unexpected",
                [f"{delivery}-{result.threshold.id}", *place, result.threshold.severity, name.month, delivery,
                 name.month, result.elements, result.unexpected],
            )  # fmt: skip
    elif name.month >= open_alert[1] and breached:
        connection.execute(
            "update quality.alerts set last_month = ?, elements = ?, unexpected = ? where alert = ?",
            [name.month, result.elements, result.unexpected, open_alert[0]],
        )
    elif name.month >= open_alert[1] and result.status == "pass":
        connection.execute(
            "update quality.alerts set status = 'resolved', resolved_by = ? where alert = ?",
            [delivery, open_alert[0]],
        )
