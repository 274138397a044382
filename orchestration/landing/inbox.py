"""The inbox: what waits there, and taking away what the archive has and the ledger knows."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from orchestration.settings import Settings

TAKEN = ".taken-"


def inbox_files(settings: Settings) -> list[Path]:
    """Everything in the inbox that could be a delivery: names that begin with a dot are files still being written."""
    if not settings.inbox.is_dir():
        return []
    return sorted(p for p in settings.inbox.iterdir() if not p.name.startswith("."))


def empty_inbox(settings: Settings, taken: Mapping[Path, tuple[int, int]]) -> int:
    """Delete those of the files that lie in the inbox and still are what was taken (size and mtime in ns); how many."""
    inbox = settings.inbox.resolve()
    return sum(_take_away(path, found) for path, found in taken.items() if path.parent.resolve() == inbox)


def put_back(settings: Settings) -> None:
    """Give files their names back that a killed process had taken aside."""
    for aside in settings.inbox.glob(f"{TAKEN}*"):
        _put_back(aside)


def _take_away(path: Path, found: tuple[int, int]) -> bool:
    """Delete the file that was taken and no other: under another name first, where a sender no longer writes over it."""
    aside = path.with_name(f"{TAKEN}{path.name}")
    with suppress(FileNotFoundError):
        path.replace(aside)
        state = aside.lstat()
        if (state.st_size, state.st_mtime_ns) == found:
            aside.unlink()
            return True
        _put_back(aside)
    return False


def _put_back(aside: Path) -> None:
    path = aside.with_name(aside.name.removeprefix(TAKEN))
    if not path.exists():
        aside.replace(path)
