"""The outbox: events of alerts (quality.alert_events) become notices to channels, notices become batches, batches are sent.

A batch is fixed before it is sent and keeps its id, so that what is sent twice (killed between sending and recording) can be
told by the receiver. Every function is one transaction.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from orchestration.notify.channels import Channel, Channels
from orchestration.notify.enclosure import Enclosure
from orchestration.quality.alerts import record_event
from orchestration.warehouse import transaction

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class Batch:
    """One message to one channel: the ids of its events, how often it was tried, and what it carries once that is decided."""

    batch: str
    channel: str
    events: tuple[str, ...]
    attempts: int
    enclosure: Enclosure | None = None


def remind_and_escalate(connection: duckdb.DuckDBPyConnection, channels: Channels, at: datetime) -> None:
    """Remind of alerts of which nothing was said for long; escalate what nobody acknowledged. Muted ones rest."""
    standing = connection.execute(
        """select a.alert, a.last_month, a.severity, coalesce(a.opened_at, min(e.happened_at)), max(e.happened_at),
                bool_or(e.kind = 'escalated' and e.happened_at >= coalesce(a.opened_at, e.happened_at))
            from quality.alerts as a inner join quality.alert_events as e on a.alert = e.alert
            where a.status = 'open' and a.acknowledged_by is null and (a.muted_until is null or a.muted_until < $at::date)
            group by a.alert, a.last_month, a.severity, a.opened_at order by a.alert""",
        {"at": at},
    ).fetchall()
    with transaction(connection):
        for alert, month, severity, opened_at, last, escalated in standing:
            if severity == "fail" and not escalated and at - opened_at >= timedelta(days=channels.escalate_after_days):
                record_event(connection, alert, "escalated", month, at)
            elif at - last >= timedelta(days=channels.remind_after_days):
                record_event(connection, alert, "reminded", month, at)


def route(connection: duckdb.DuckDBPyConnection, channels: Channels, at: datetime) -> None:
    """Give every new event to the channels that want it. Without any channel events wait for one."""
    if not channels.channels:
        return
    rows = connection.execute(
        """select e.event, e.kind, e.alert, a.severity, a.area_code, a.status, a.acknowledged_by is not null,
                coalesce(a.muted_until >= $at::date, false)
            from quality.alert_events as e inner join quality.alerts as a on e.alert = a.alert
            where e.routed_at is null order by e.happened_at, e.event""",
        {"at": at},
    ).fetchall()
    with transaction(connection):
        for event, kind, alert, severity, area, status, acknowledged, muted in rows:
            told = _told(connection, alert)
            for channel in channels.channels:
                idle = muted or (acknowledged and kind in ("reminded", "escalated"))
                news = channel.name in told if kind == "resolved" else status == "open"
                if not idle and news and channel.wants(severity, area, kind):
                    connection.execute("insert into quality.notices values (?, ?, null)", [event, channel.name])
            connection.execute("update quality.alert_events set routed_at = ? where event = ?", [at, event])


def _told(connection: duckdb.DuckDBPyConnection, alert: str) -> set[str]:
    """The channels that have heard of an alert, or will: only they care that it is over."""
    rows = connection.execute(
        """select distinct n.channel from quality.notices as n inner join quality.alert_events as e on n.event = e.event
            where e.alert = ?""",
        [alert],
    ).fetchall()
    return {row[0] for row in rows}


def form_batches(connection: duckdb.DuckDBPyConnection, channels: Channels, at: datetime) -> None:
    """Put together what each channel is to be told now."""
    waiting: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, event, severity in connection.execute(
        """select n.channel, n.event, a.severity from quality.notices as n
            inner join quality.alert_events as e on n.event = e.event inner join quality.alerts as a on e.alert = a.alert
            where n.batch is null order by n.channel, n.event"""
    ).fetchall():
        waiting[name].append((event, severity))
    with transaction(connection):
        for channel in channels.channels:
            events = _due_events(connection, channels, channel, waiting.get(channel.name, []), at)
            if events:
                batch = _batch_id(connection, channel, at)
                connection.execute(
                    "insert into quality.batches (batch, channel, formed_at, attempts, next_try_at) values (?, ?, ?, 0, ?)",
                    [batch, channel.name, at, at],
                )
                connection.execute(
                    "update quality.notices set batch = ? where channel = ? and event in (select unnest(?::varchar[]))",
                    [batch, channel.name, events],
                )  # fmt: skip


def _batch_id(connection: duckdb.DuckDBPyConnection, channel: Channel, at: datetime) -> str:
    """The channel, the day and a running number: never given twice, not even by a warehouse that was made anew."""
    row = connection.execute("select count(*) from quality.batches where channel = ?", [channel.name]).fetchone()
    assert row is not None
    return f"{channel.name}-{at:%Y%m%dT%H%M}-{row[0] + 1}"


def _due_events(
    connection: duckdb.DuckDBPyConnection,
    channels: Channels,
    channel: Channel,
    waiting: list[tuple[str, str]],
    at: datetime,
) -> list[str]:
    if not waiting or (channel.digest != "none" and not _digest_is_due(connection, channels, channel, at)):
        return []
    quiet = channels.quiet_hours
    if quiet and quiet.holds(at):
        return [event for event, severity in waiting if severity in quiet.but]
    return [event for event, _ in waiting]


def _digest_is_due(connection: duckdb.DuckDBPyConnection, channels: Channels, channel: Channel, at: datetime) -> bool:
    if at.hour < channels.digest_hour or (channel.digest == "monthly" and at.day < channels.digest_day):
        return False
    since = at.date() if channel.digest == "daily" else at.date().replace(day=1)
    row = connection.execute(
        "select count(*) from quality.batches where channel = ? and formed_at >= ?", [channel.name, since]
    ).fetchone()
    return row == (0,)


def due_batches(connection: duckdb.DuckDBPyConnection, at: datetime) -> list[Batch]:
    """What is to be sent now, the oldest first."""
    rows = connection.execute(
        """select b.batch, b.channel, list(n.event order by n.event), b.attempts, b.attachment,
                coalesce(b.attachment_note, '') from quality.batches as b
            inner join quality.notices as n on b.batch = n.batch where b.sent_at is null and b.next_try_at <= ?
            group by b.batch, b.channel, b.attempts, b.next_try_at, b.attachment, b.attachment_note
            order by b.next_try_at, b.batch""",
        [at],
    ).fetchall()
    return [
        Batch(batch, channel, tuple(events), attempts, None if file is None else Enclosure(file, note))
        for batch, channel, events, attempts, file, note in rows
    ]


def enclose(connection: duckdb.DuckDBPyConnection, batch: Batch, enclosure: Enclosure) -> Batch:
    """Decide what a batch carries, before it is first sent and for all attempts; what was decided before stands."""
    connection.execute(
        "update quality.batches set attachment = ?, attachment_note = ? where batch = ? and attachment is null",
        [enclosure.file, enclosure.note, batch.batch],
    )
    row = connection.execute(
        "select attachment, coalesce(attachment_note, '') from quality.batches where batch = ?", [batch.batch]
    ).fetchone()
    assert row is not None
    return replace(batch, enclosure=Enclosure(*row))


def waiting_files(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the files that messages which are not sent yet carry."""
    rows = connection.execute(
        "select distinct attachment from quality.batches where sent_at is null and attachment <> ''"
    )
    return {row[0] for row in rows.fetchall()}


def record_attempt(connection: duckdb.DuckDBPyConnection, batch: Batch, error: str | None, at: datetime) -> None:
    """A batch was sent, or was not for `error`: then it waits twice as long as the time before, without end."""
    wait = min(FIRST_WAIT * 2 ** min(batch.attempts, 16), LONGEST_WAIT)
    connection.execute(
        """update quality.batches set attempts = attempts + 1, next_try_at = $next, last_error = $error,
                sent_at = case when $error is null then $at::timestamp end where batch = $batch""",
        {"batch": batch.batch, "next": at + wait, "error": error, "at": at},
    )


def acknowledge(connection: duckdb.DuckDBPyConnection, alert: str, by: str, note: str | None) -> bool:
    """Somebody has taken an alert on: no more reminders. False when no such alert is open."""
    return _change(connection, alert, "acknowledged_by = $by, note = $note", {"by": by, "note": note})


def mute(connection: duckdb.DuckDBPyConnection, alert: str, until: date) -> bool:
    """Nothing is said of an alert up to and including a day. False when no such alert is open."""
    return _change(connection, alert, "muted_until = $until", {"until": until})


def _change(connection: duckdb.DuckDBPyConnection, alert: str, change: str, values: dict[str, Any]) -> bool:
    found = connection.execute(
        f"update quality.alerts set {change} where alert = $alert and status = 'open' returning alert",
        {"alert": alert, **values},
    ).fetchall()
    return bool(found)
