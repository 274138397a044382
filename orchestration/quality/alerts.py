"""The life of an alert: opened, reminded, escalated, resolved; each step goes into the outbox (quality.alert_events) in the
transaction of what caused it. Who is told, and how, is not known here (orchestration/notify).
"""

from datetime import date, datetime

import duckdb

from orchestration.landing.receive import FileName
from orchestration.quality.gate import CheckResult
from orchestration.quality.suites import Threshold


def update_alert(
    connection: duckdb.DuckDBPyConnection,
    name: FileName,
    delivery: int,
    result: CheckResult,
    open_alert: tuple[str, date] | None,
    at: datetime,
) -> None:
    """At most one open alert per rule, register and area: opened by the first breach, resolved by a later clean delivery.

    A held delivery that is accepted after its alert was resolved opens that alert again.
    """
    breached = result.status in ("warn", "fail")
    if open_alert is None:
        if breached:
            alert = f"{delivery}-{result.threshold.id}"
            open_an_alert(
                connection, alert, result.threshold, name.register, name.area, name.month, at,
                delivery=delivery, elements=result.elements, unexpected=result.unexpected,
            )  # fmt: skip
            record_event(connection, alert, "opened", name.month, at, delivery, result)
        return
    alert, last_month = open_alert
    if name.month < last_month:
        return
    if breached:
        connection.execute(
            "update quality.alerts set last_month = ?, elements = ?, unexpected = ? where alert = ?",
            [name.month, result.elements, result.unexpected, alert],
        )
        if name.month > last_month:
            record_event(connection, alert, "reminded", name.month, at, delivery, result)
    elif result.status == "pass":
        resolve_alert(connection, alert, delivery)
        record_event(connection, alert, "resolved", name.month, at, delivery, result)


def open_an_alert(
    connection: duckdb.DuckDBPyConnection,
    alert: str,
    threshold: Threshold,
    register: str,
    area: str,
    month: date,
    at: datetime,
    *,
    delivery: int = 0,
    elements: int = 1,
    unexpected: int = 1,
) -> None:
    """Write an open alert; `delivery` is 0 where the lack of one is the matter."""
    connection.execute(
        """insert into quality.alerts (alert, check_id, register, area_code, severity, opened_month, opened_by, last_month,
                status, elements, unexpected, opened_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)
            on conflict (alert) do update set status = 'open', resolved_by = null, elements = excluded.elements,
                unexpected = excluded.unexpected""",
        [alert, threshold.id, register, area, threshold.severity, month, delivery, month, elements, unexpected, at],
    )


def resolve_alert(connection: duckdb.DuckDBPyConnection, alert: str, delivery: int) -> None:
    """Close an alert; `delivery` mended what it was about."""
    connection.execute(
        "update quality.alerts set status = 'resolved', resolved_by = ? where alert = ?", [delivery, alert]
    )


def record_event(
    connection: duckdb.DuckDBPyConnection,
    alert: str,
    kind: str,
    month: date,
    at: datetime,
    delivery: int | None = None,
    result: CheckResult | None = None,
) -> None:
    """Put what happened to an alert into the outbox: `kind` is opened, reminded, escalated or resolved.

    Its id (the alert's and a running number) is what a receiver drops repeats by.
    """
    connection.execute(
        """insert into quality.alert_events
            select $alert || '.' || (select count(*) + 1 from quality.alert_events where alert = $alert), $alert, $kind, $at,
                $month, $delivery, coalesce($elements, a.elements), coalesce($unexpected, a.unexpected), $lines, null
            from quality.alerts as a where a.alert = $alert""",
        {"alert": alert, "kind": kind, "at": at, "month": month, "delivery": delivery,
         "elements": result.elements if result else None, "unexpected": result.unexpected if result else None,
         "lines": list(result.lines) if result else []},
    )  # fmt: skip
