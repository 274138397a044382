"""A small disk that can be filled: for tests of what happens when there is no room left."""

import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOT_MOUNTED = "no tmpfs can be mounted (needs root): the tests of a full disk did NOT run"


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of `size` bytes, in memory. Skips, loudly, where none can be mounted; fails where everything is required."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        if os.environ.get("RENKOU_REQUIRE") == "all":
            pytest.fail(NOT_MOUNTED)
        warnings.warn(NOT_MOUNTED, stacklevel=2)
        pytest.skip(NOT_MOUNTED)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def ballast(folder: Path, free: int) -> Path:
    """Fill the disk but for `free` bytes."""
    path = folder / "ballast"
    state = os.statvfs(folder)
    path.write_bytes(b"\1" * max(0, state.f_bavail * state.f_frsize - free))
    return path
