"""The monthly job from the shell: the same Dagster job, run in this process and recorded in the same instance."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from importlib.resources import files

import dagster as dg
from filelock import FileLock, Timeout

from orchestration.errors import RenkouError
from orchestration.settings import Settings

RUNNER_TAG = "renkou/runner"
MONTHLY, LANDING = "monthly", "landing"  # the whole way of a month, and its landing alone
SHELL, DAEMON = "shell", "daemon"  # who runs a month: `renkou run`, or the daemon of `renkou dev` (which sets no tag)


class RunFailed(RenkouError):
    """A Dagster run failed; the message names the steps and what they said."""

    exit_code = 1


def prepare_dagster_home(settings: Settings) -> None:
    """Make DAGSTER_HOME inside the home folder, with the instance's settings, and point this process at it."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    template = files("orchestration.defs").joinpath("dagster.yaml").read_text(encoding="utf-8")
    wanted = template.replace("{dagster_home}", str(settings.dagster_home))
    target = settings.dagster_home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != wanted:
        target.write_text(wanted, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["RENKOU_HOME"] = str(settings.root)
    os.environ.update(settings.dbt_environment())


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The installation's Dagster instance."""
    prepare_dagster_home(settings)
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    with dg.DagsterInstance.get() as instance:
        yield instance


def load_definitions(settings: Settings) -> dg.Definitions:
    """The installation's definitions (parses the dbt project when it changed)."""
    from orchestration.defs.build import build_definitions

    return build_definitions(settings)


def run_month(definitions: dg.Definitions, instance: dg.DagsterInstance, month: date, job_name: str) -> str:
    """Run a job (MONTHLY or LANDING) for one snapshot month, quiet on the console; returns the run id.

    RunFailed says which steps failed and why.
    """
    job = definitions.resolve_job_def(job_name)
    result = job.execute_in_process(
        instance=instance,
        partition_key=f"{month:%Y-%m}-01",
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={RUNNER_TAG: SHELL},
    )
    if not result.success:
        failures = [event for event in result.all_events if event.is_step_failure]
        said = "; ".join(f"{e.step_key}: {_innermost(e.step_failure_data.error)}" for e in failures)
        raise RunFailed(f"the run of {month:%Y-%m} failed: {said}")
    return result.run_id


def _innermost(error: object) -> str:
    """The message of the error at the bottom of a chain (ours name places and rules, never content)."""
    while getattr(error, "cause", None) is not None:
        error = error.cause  # type: ignore[attr-defined]
    return str(getattr(error, "message", error)).strip()


@contextmanager
def monthly_runner(settings: Settings) -> Iterator[Callable[[date, str], str]]:
    """What runs a job for a month (`run_month`) in this process, one process at a time.

    RunFailed when another `renkou` keeps running months for longer than the lock's timeout.
    """
    with dagster_instance(settings) as instance:
        lock = _lock(settings, SHELL)
        try:
            lock.acquire(timeout=settings.lock_timeout)
        except Timeout:
            raise RunFailed("another renkou process is running months; try again when it is done") from None
        with lock:
            end_dead_runs(instance, {SHELL} | ({DAEMON} if _free(settings, DAEMON) else set()))
            yield partial(run_month, load_definitions(settings), instance)


def end_dead_runs(instance: dg.DagsterInstance, runners: set[str]) -> int:
    """Mark as failed the unfinished runs of runners that are known to be gone, and free what ended runs still hold.

    Otherwise a killed run, or one whose end could not be written to a full disk, would block the next for ever.
    """
    unfinished = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
    runs = instance.get_runs(dg.RunsFilter(statuses=unfinished))
    dead = [run for run in runs if run.tags.get(RUNNER_TAG, DAEMON) in runners]
    for run in dead:
        instance.report_run_failed(run, "the process of this run ended without a word (power cut, kill); run it again")
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        holder = instance.get_run_by_id(run_id)
        if holder is None or holder.is_finished:
            storage.free_concurrency_slots_for_run(run_id)
    return len(dead)


def _lock(settings: Settings, runner: str) -> FileLock:
    """The lock that a runner holds for as long as it lives; the operating system lets go of it when it dies."""
    return FileLock(settings.dagster_home / f".{runner}.lock")


def _free(settings: Settings, runner: str) -> bool:
    try:
        with _lock(settings, runner).acquire(timeout=0):
            return True
    except Timeout:
        return False


def serve(settings: Settings, port: int) -> int:
    """Webserver and daemon on 127.0.0.1 until interrupted; the exit code of Dagster's own development server."""
    import subprocess
    import sys

    with dagster_instance(settings) as instance:
        lock = _lock(settings, DAEMON)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise RunFailed("a webserver and daemon of this installation are running already") from None
        with lock:
            end_dead_runs(instance, {DAEMON} | ({SHELL} if _free(settings, SHELL) else set()))
            command = [
                sys.executable,
                "-m",
                "dagster",
                "dev",
                "-h",
                "127.0.0.1",
                "-p",
                str(port),
                "-m",
                "orchestration.definitions",
            ]
            with subprocess.Popen(command) as child:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    child.terminate()
                    return child.wait()
