"""Tell the channels what happened to the alerts: look, form messages, send without the warehouse, record.

Nothing is sent while the warehouse is open, and nothing waits longer than the time limit of the settings. What was not sent
stays in the outbox for the next dispatch; what was sent and not recorded (a kill in between) is sent again under the same id.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orchestration.landing.contracts import Register, load_contracts
from orchestration.notify import child
from orchestration.notify.channels import Channel, Channels, load_channels
from orchestration.notify.enclosure import GONE, NOT_ATTACHED, Enclosure, enclosures, sweep
from orchestration.notify.facts import News, Protection, load_words, read_news
from orchestration.notify.message import body_of, title_of
from orchestration.notify.outbox import (
    Batch,
    due_batches,
    enclose,
    form_batches,
    record_attempt,
    remind_and_escalate,
    route,
    waiting_files,
)
from orchestration.periods import now
from orchestration.quality.deadlines import load_schedules, watch_deadlines
from orchestration.quality.integrity import watch_signals
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

Send = Callable[[list[dict[str, Any]], float], dict[str, bool]]
NOT_TAKEN, NO_CHANNEL = "not taken by the server, or no answer in time", "the channel is no longer in the settings"
UNTRIED = "its turn did not come"
ATTACHMENT_NAME = "report-monthly.pdf"
ONE_CHANNEL = 0.4  # of all the time: the longest that one silent server may take of it


@dataclass(frozen=True)
class Dispatched:
    """What a dispatch did: batches sent, batches that wait for another attempt, and how many channels there are."""

    sent: int = 0
    waiting: int = 0
    channels: int = 0


def dispatch(settings: Settings, at: datetime | None = None, send: Send | None = None) -> Dispatched:
    """Send what is due at `at` (default: now). SettingsError when the channels' file is wrong, WarehouseBusy as elsewhere."""
    moment = at or now()
    channels, registers = load_channels(settings.alerts_path), load_contracts(settings.dbt_project)
    prepared = _enclosed(settings, registers, _prepare(settings, registers, channels, moment))
    if not prepared:
        return Dispatched(channels=len(channels.channels))
    jobs = [(one.batch, _job(settings, channels, one)) for one in prepared]
    tried = (send or send_apart)([job for _, job in jobs if job], channels.timeout_seconds)
    failed = 0
    with open_warehouse(settings, registers) as connection:
        for batch, job in jobs:
            error = _error(batch, job, tried)
            if error != UNTRIED:
                record_attempt(connection, batch, error, moment)
            failed += error is not None
        sweep(settings, waiting_files(connection))
    return Dispatched(len(jobs) - failed, failed, len(channels.channels))


def _error(batch: Batch, job: dict[str, Any] | None, tried: dict[str, bool]) -> str | None:
    """What is recorded of a batch: None when it was taken."""
    if job is None:
        return NO_CHANNEL
    if batch.batch not in tried:
        return UNTRIED
    return None if tried[batch.batch] else NOT_TAKEN


@dataclass(frozen=True)
class Prepared:
    """A batch that is due: its channel (None: no longer in the settings), what there is to tell, and the rule of small counts."""

    batch: Batch
    channel: Channel | None
    news: list[News]
    protection: Protection


def _prepare(settings: Settings, registers: dict[str, Register], channels: Channels, at: datetime) -> list[Prepared]:
    """Bring the alerts and the outbox up to date, and read what is due."""
    words = load_words(settings.dbt_project)
    known = {channel.name: channel for channel in channels.channels}
    with open_warehouse(settings, registers) as connection:
        watch_deadlines(connection, registers, load_schedules(settings.dbt_project), at)
        watch_signals(connection, words.methods, at)
        remind_and_escalate(connection, channels, at)
        route(connection, channels, at)
        form_batches(connection, channels, at)
        return [
            Prepared(
                batch,
                known.get(batch.channel),
                read_news(connection, words, list(batch.events)) if batch.channel in known else [],
                words.protection,
            )
            for batch in due_batches(connection, at)
        ]


def _enclosed(settings: Settings, registers: dict[str, Register], prepared: list[Prepared]) -> list[Prepared]:
    """Decide what new mails carry, and record it before anything is sent; prints are made while the warehouse is closed."""
    wanted = {
        one.batch.batch: one.channel.enclosed
        for one in prepared
        if one.channel and one.channel.enclosed and one.batch.enclosure is None
    }
    if not wanted:
        return prepared
    printed = enclosures(settings, {edition for edition in wanted.values() if edition})
    with open_warehouse(settings, registers) as connection:
        return [
            replace(one, batch=enclose(connection, one.batch, _first(one.batch, printed[wanted[one.batch.batch]])))
            if one.batch.batch in wanted
            else one
            for one in prepared
        ]


def _first(batch: Batch, printed: Enclosure) -> Enclosure:
    """What a batch carries: nothing when an earlier version has tried to send it without."""
    return Enclosure() if batch.attempts else printed


def _job(settings: Settings, channels: Channels, one: Prepared) -> dict[str, Any] | None:
    """A batch in words; None where the channel is gone."""
    if one.channel is None:
        return None
    enclosure = one.batch.enclosure or Enclosure()
    path = settings.outbox / enclosure.file
    note = enclosure.note if not enclosure.file or path.is_file() else NOT_ATTACHED.format(GONE)
    job = {
        "batch": one.batch.batch,
        "url": one.channel.url.get_secret_value(),
        "title": title_of(one.news),
        "body": body_of(one.news, one.protection, one.batch.batch, note),
        "seconds": channels.timeout_seconds * ONE_CHANNEL,
    }
    return job | ({"attachment": str(path), "attachment_name": ATTACHMENT_NAME} if enclosure.file else {})


def send_apart(jobs: list[dict[str, Any]], seconds: float) -> dict[str, bool]:
    """Send in a process of its own for at most `seconds`: whether each batch that was tried was taken.

    The one at which time ran out counts as not taken; those after it were not tried.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", child.__name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        said, _ = process.communicate(json.dumps(jobs).encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    answers = [json.loads(line) for line in said.decode().splitlines() if line.endswith("}")]
    tried = {answer["batch"]: bool(answer["taken"]) for answer in answers}
    silent = next((job["batch"] for job in jobs if job["batch"] not in tried), None)
    return tried if silent is None else {**tried, silent: False}
