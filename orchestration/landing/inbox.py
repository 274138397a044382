"""The inbox: what waits there, and taking away what the archive has and the ledger knows."""

from contextlib import suppress
from pathlib import Path

import duckdb

from orchestration.errors import Refusal
from orchestration.landing.archive import Archive
from orchestration.landing.ledger import known_outcome
from orchestration.landing.receive import Source, source_of
from orchestration.settings import Settings

TAKEN = ".taken-"


def inbox_files(settings: Settings) -> list[Path]:
    """Everything in the inbox that could be a delivery: names that begin with a dot are files still being written."""
    if not settings.inbox.is_dir():
        return []
    return sorted(p for p in settings.inbox.iterdir() if not p.name.startswith("."))


def empty_inbox(settings: Settings, connection: duckdb.DuckDBPyConnection, archive: Archive) -> int:
    """Take away every file whose bytes the archive holds and of which the ledger says what became; how many.

    Files without a name that says something to us, and those that wait for an area register, stay.
    """
    for left in settings.inbox.glob(f"{TAKEN}*"):  # of a process that was killed
        _put_back(left)
    return sum(_taken(path, connection, archive) for path in inbox_files(settings))


def _taken(path: Path, connection: duckdb.DuckDBPyConnection, archive: Archive) -> bool:
    with suppress(Refusal, OSError), source_of(path) as source:
        digest = source.digest()
        if archive.holds(digest) and known_outcome(connection, path.name, digest) is not None:
            return _take_away(path, source)
    return False


def _take_away(path: Path, source: Source) -> bool:
    """Delete the file that was looked at and no other: under another name first, where a sender no longer writes over it."""
    aside = path.with_name(f"{TAKEN}{path.name}")
    path.replace(aside)
    state = aside.lstat()
    if (state.st_size, state.st_mtime_ns) != source.fingerprint:
        _put_back(aside)
        return False
    aside.unlink()
    return True


def _put_back(aside: Path) -> None:
    path = aside.with_name(aside.name.removeprefix(TAKEN))
    if not path.exists():
        aside.replace(path)
