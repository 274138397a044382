"""When things run: the monthly job, its landing alone, the schedule after the deadline, and the sensor on the inbox."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg

from orchestration.defs.resources import Installation, months
from orchestration.errors import Refusal, RenkouError
from orchestration.landing.contracts import Register
from orchestration.landing.inbox import inbox_files
from orchestration.landing.receive import parse_name
from orchestration.notify.dispatch import dispatch
from orchestration.settings import Settings

ATTEMPTS = 3
CONTENT_TAG = "renkou/content"
LOCK_SECONDS = 5.0
MONTHLY_CRON = "0 3 11 * *"  # deliveries are due on the tenth

monthly = dg.define_asset_job(
    "monthly",
    selection=dg.AssetSelection.all(),
    partitions_def=months,
    description="Land a month's deliveries, build the marts, publish, write the page.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": 4 * 3600},
)

landing = dg.define_asset_job(
    "landing",
    selection=dg.AssetSelection.groups("landing"),
    partitions_def=months,
    description="Land a month's deliveries and nothing else: for the older months of a backlog.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": 4 * 3600},
)


@dg.schedule(
    cron_schedule=MONTHLY_CRON,
    job=monthly,
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def after_the_deadline(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The month before, on the day after deliveries are due."""
    last = context.scheduled_execution_time.replace(day=1) - timedelta(days=1)
    key = f"{last:%Y-%m}-01"
    return dg.RunRequest(run_key=f"schedule:{key}", partition_key=key)


@dg.sensor(minimum_interval_seconds=600, default_status=dg.DefaultSensorStatus.RUNNING)
def alerts(context: dg.SensorEvaluationContext, installation: Installation) -> dg.SkipReason:
    """Missed deadlines, reminders, and messages that wait for another attempt; no run of a job comes of it."""
    settings = installation.settings().model_copy(update={"lock_timeout": LOCK_SECONDS})
    try:
        done = dispatch(settings)
    except RenkouError as error:  # a month is being landed, or the channels' file is wrong: the next tick looks again
        return dg.SkipReason(str(error))
    return dg.SkipReason(f"sent {done.sent}, waiting {done.waiting}, channels {done.channels}")


def settled_by_month(settings: Settings, registers: dict[str, Register]) -> dict[str, list[Path]]:
    """The inbox's deliveries that are no longer being written, by partition key of their month."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in inbox_files(settings):
        try:
            month = parse_name(path.name, registers).month
            settled = time.time() - path.lstat().st_mtime >= settings.settle_seconds
        except (Refusal, FileNotFoundError):
            continue
        if settled and path.is_file():
            found[f"{month:%Y-%m}-01"].append(path)
    return dict(sorted(found.items()))


def content_of(paths: list[Path]) -> str:
    """One digest over the names and contents of some files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode())
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:32]


def build_inbox_sensor(registers: dict[str, Register]) -> dg.SensorDefinition:
    """A sensor that asks for one run per month whose files changed since that month last ran well.

    The run key is content and attempt: Dagster never runs a key twice, so a failed month needs a new one.
    """

    @dg.sensor(job=monthly, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
    def inbox(context: dg.SensorEvaluationContext, installation: Installation) -> Iterator[dg.RunRequest]:
        for month, paths in settled_by_month(installation.settings(), registers).items():
            if max(path.lstat().st_ctime for path in paths) < _last_success(context.instance, month):
                continue
            content = content_of(paths)
            attempt = _failures(context.instance, content)
            if attempt >= ATTEMPTS:
                context.log.error(
                    f"{month}: failed {ATTEMPTS} times with these files; mend the cause and run it by hand"
                )
            else:
                yield dg.RunRequest(run_key=f"{content}:{attempt}", partition_key=month, tags={CONTENT_TAG: content})

    return inbox


def _last_success(instance: dg.DagsterInstance, month: str) -> float:
    """When the last good run of a month began (seconds since the epoch); 0 when there was none."""
    records = instance.get_run_records(
        dg.RunsFilter(job_name=monthly.name, tags={"dagster/partition": month}, statuses=[dg.DagsterRunStatus.SUCCESS]),
        limit=1,
    )
    return (records[0].start_time or 0.0) if records else 0.0


def _failures(instance: dg.DagsterInstance, content: str) -> int:
    return instance.get_runs_count(
        dg.RunsFilter(tags={CONTENT_TAG: content}, statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
    )
