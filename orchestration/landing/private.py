"""Private files: keys that nobody but their owner can read, made or replaced whole or not at all."""

import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

from orchestration.durable import sync
from orchestration.errors import SettingsError


def read_private(path: Path, what: str) -> bytes:
    """What stands in the file. SettingsError when it is open to anyone but its owner (mode 0600 or stricter)."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SettingsError(f"{what} {path.name} can be read by others (mode {mode:04o}): chmod 600 it")
    return path.read_bytes()


def make_private(path: Path, content: Callable[[], bytes]) -> None:
    """A new file of mode 0600; never over one that another process has just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")  # one name, so that what a killed process left is used by the next
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            part.unlink(missing_ok=True)
            return
        os.fchmod(handle.fileno(), 0o600)
        handle.truncate()
        handle.write(content())
        handle.flush()
        os.fsync(handle.fileno())
        part.rename(path)
    sync(path.parent)  # a key that a power cut takes away makes everything under it useless


def replace_private(path: Path, content: bytes) -> None:
    """The file with other content, on the disk when this returns; a power cut leaves the old or the new."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
    sync(path.parent)
