"""dbt in this process: parse once, keep the manifest, run commands without starting a second interpreter.

dbt has process-wide globals, so one command runs at a time.
"""

import gc
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.digest import folder_digest
from orchestration.errors import RenkouError, WarehouseBusy
from orchestration.settings import Settings
from orchestration.warehouse import private_files, writer_lock

_LOCK = threading.Lock()
_PARSED: dict[Path, Any] = {}  # by project: nothing in it is of one home
# Without a log dbt does not format thousands of lines that nobody reads; errors are printed all the same (_errors).
QUIET = [
    "--log-level",
    "none",
    "--no-version-check",
    "--no-send-anonymous-usage-stats",
    "--no-use-colors",
    "--no-print",
]


class BuildFailed(RenkouError):
    """dbt could not build or test a model; names of nodes only, never rows."""

    exit_code = 1


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    wanted = settings.dbt_environment()
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _manifest_set_aside() -> Iterator[None]:
    """Looking for rubbish passes over what there is by now no more: the 400,000 objects of the manifest take a second a build."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _errors(message: Any) -> None:
    """Print what dbt reports as an error."""
    if message.info.level == "error":
        sys.stdout.write(f"{message.info.msg}\n")


def _arguments(settings: Settings) -> list[str]:
    return ["--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)]


def manifest_path(settings: Settings) -> Path:
    """Where the parsed manifest of this installation lies."""
    return settings.dbt_target / "manifest.json"


def ensure_manifest(settings: Settings) -> Path:
    """The manifest, parsed anew when any file of the dbt project is newer than it."""
    if not _is_current(settings):
        with _LOCK, _environment(settings):
            _parse(settings)
    return manifest_path(settings)


def _is_current(settings: Settings) -> bool:
    """Whether the parsed manifest on disk is newer than every file of the dbt project."""
    path = manifest_path(settings)
    newest = max(f.stat().st_mtime for f in settings.dbt_project.rglob("*") if f.is_file())
    return path.exists() and path.stat().st_mtime >= newest


def project_digest(settings: Settings) -> str:
    """A digest of the dbt project: names and contents of all its files."""
    return folder_digest(settings.dbt_project)


def _parse(settings: Settings) -> Any:
    from dbt.cli.main import dbtRunner

    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    # Writing the manifest is a third of reading a project that did not change.
    kept = ["--no-write-json"] if _is_current(settings) else []
    result = dbtRunner(callbacks=[_errors]).invoke([*QUIET, "parse", *kept, *_arguments(settings)])
    if not result.success:
        raise BuildFailed(f"dbt cannot parse the project: {type(result.exception).__name__}")
    _PARSED[settings.dbt_project] = result.result
    return result.result


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest as a dictionary."""
    manifest: dict[str, Any] = json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))
    return manifest


# DuckDB moves what is logged into the file each time 16 MB are logged, and writes row groups with deleted rows anew for it. An
# increment has that done once, when the last connection closes; a full rebuild has to give space back on the way. It leaves some
# thirty half-filled row groups per large table, which an increment puts together a few at a time.
ONE_CHECKPOINT = "set global checkpoint_threshold = '16GB'; set global max_vacuum_tasks = 2"


@contextmanager
def _held_open(settings: Settings, is_anew: bool) -> Iterator[None]:
    try:
        connection = duckdb.connect(str(settings.warehouse))
    except duckdb.Error as error:
        raise WarehouseBusy(f"the warehouse cannot be opened for dbt ({type(error).__name__})") from None
    with connection:
        if not is_anew:
            connection.execute(ONE_CHECKPOINT)
        yield


def run_dbt(settings: Settings, command: Sequence[str]) -> list[Any]:
    """Run a dbt command (such as `build --select ...`) and return its node results (status, node, failures, execution_time).

    Raises BuildFailed when dbt could not run at all; failed nodes are the caller's to judge.
    """
    from dbt.cli.main import dbtRunner

    with _LOCK, writer_lock(settings), private_files(), _environment(settings):
        parsed = _PARSED.get(settings.dbt_project) or _parse(settings)
        # While this connection is open, dbt does not open and close the file for every node.
        with _held_open(settings, is_anew="--full-refresh" in command), _manifest_set_aside():
            outcome = dbtRunner(manifest=parsed, callbacks=[_errors]).invoke([*QUIET, *command, *_arguments(settings)])
    if outcome.exception:
        raise BuildFailed(f"dbt stopped: {type(outcome.exception).__name__}") from None
    return list(outcome.result.results)
