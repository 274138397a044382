"""The life of an alert: opened, reminded, escalated, resolved; each step goes into the outbox (quality.alert_events) in the
transaction of what caused it. Who is told, and how, is not known here (orchestration/notify).
"""

from datetime import date, datetime

import duckdb

from orchestration.landing.receive import FileName
from orchestration.quality.gate import CheckResult
from orchestration.quality.suites import Threshold

NUMBER = "regexp_extract(event, '[0-9]+$')::int"  # the running number of an alert's events


def update_alert(
    connection: duckdb.DuckDBPyConnection,
    name: FileName,
    delivery: int,
    result: CheckResult,
    open_alert: tuple[str, date] | None,
    at: datetime,
) -> None:
    """At most one open alert per rule, register and area: opened by the first breach, resolved by a later clean delivery.

    A later month that breaches the rule, too, reminds of it, and so does a re-delivery that did not mend it. A held
    delivery that is accepted after its alert was resolved opens that alert again.
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
        renew_alert(connection, alert, name.month, result.elements, result.unexpected)
        if name.month > last_month or _is_news(connection, alert, delivery):
            record_event(connection, alert, "reminded", name.month, at, delivery, result)
    elif result.status == "pass":
        resolve_alert(connection, alert, delivery)
        record_event(connection, alert, "resolved", name.month, at, delivery, result)


def _is_news(connection: duckdb.DuckDBPyConnection, alert: str, delivery: int) -> bool:
    """Whether no event of the alert is about this delivery (one that is accepted comes by twice)."""
    query = "select count(*) from quality.alert_events where alert = ? and delivery = ?"
    return connection.execute(query, [alert, delivery]).fetchone() == (0,)


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
    """Write an open alert; `delivery` is 0 where the lack of one is the matter.

    One that is opened again begins anew: who took on the last one, or muted it, has not seen this one.
    """
    connection.execute(
        """insert into quality.alerts (alert, check_id, register, area_code, severity, opened_month, opened_by, last_month,
                status, elements, unexpected, opened_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)
            on conflict (alert) do update set severity = excluded.severity, opened_month = excluded.opened_month,
                opened_by = excluded.opened_by, last_month = excluded.last_month, resolved_by = null, status = 'open',
                elements = excluded.elements, unexpected = excluded.unexpected, opened_at = excluded.opened_at,
                acknowledged_by = null, note = null, muted_until = null""",
        [alert, threshold.id, register, area, threshold.severity, month, delivery, month, elements, unexpected, at],
    )


def renew_alert(connection: duckdb.DuckDBPyConnection, alert: str, month: date, elements: int, unexpected: int) -> None:
    """An open alert stands in `month`, too, with these counts."""
    connection.execute(
        "update quality.alerts set last_month = ?, elements = ?, unexpected = ? where alert = ?",
        [month, elements, unexpected, alert],
    )


def resolve_alert(connection: duckdb.DuckDBPyConnection, alert: str, delivery: int | None) -> None:
    """Close an alert; `delivery` mended what it was about (none where the check is gone)."""
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
    threshold: float | None = None,
) -> None:
    """Put what happened to an alert into the outbox: `kind` is opened, reminded, escalated or resolved.

    Its id (the alert's and a running number) is what a receiver drops repeats by. Without a `result` nothing new was
    delivered: the event is about the delivery, lines and threshold of the alert's last event that had them.
    """
    connection.execute(
        f"""insert into quality.alert_events by name
            select $alert || '.' || (before.events + 1) as event, $alert as alert, $kind as kind, $at::timestamp as happened_at,
                $month::date as month, coalesce($delivery, before.delivery) as delivery,
                coalesce($elements, a.elements) as elements, coalesce($unexpected, a.unexpected) as unexpected,
                coalesce($lines::bigint[], before.lines, []) as lines, null as routed_at,
                coalesce($threshold, before.threshold) as threshold
            from quality.alerts as a cross join (
                select count(*) as events, max_by(delivery, {NUMBER}) filter (where delivery is not null) as delivery,
                    max_by(lines, {NUMBER}) filter (where delivery is not null) as lines,
                    max_by(threshold, {NUMBER}) filter (where threshold is not null) as threshold
                from quality.alert_events where alert = $alert
            ) as before where a.alert = $alert""",
        {"alert": alert, "kind": kind, "at": at, "month": month, "delivery": delivery,
         "elements": result.elements if result else None, "unexpected": result.unexpected if result else None,
         "lines": list(result.lines) if result else None,
         "threshold": result.threshold.threshold if result else threshold},
    )  # fmt: skip
