"""A full disk while a file is archived and while it is committed: one message, nothing half done, and a rerun completes."""

import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from home_process import renkou

from tests.landing_kit import COUNTY, Home, good_rows

SCRIPT = Path(__file__).with_name("renkou_open_gate.py")
DISK = 48 << 20
NOT_MOUNTED = "no tmpfs can be mounted (needs root): the tests of a full disk did NOT run"


@pytest.fixture(name="disk")
def _disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        if os.environ.get("RENKOU_REQUIRE") == "all":
            pytest.fail(NOT_MOUNTED)
        warnings.warn(NOT_MOUNTED, stacklevel=2)
        pytest.skip(NOT_MOUNTED)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(home: Home) -> tuple[list[str], list[str]]:
    """What is on the register before, and what comes when the disk is full (incompressible enough to need room)."""
    first = [home.areas("201407"), home.rows(f"population_{COUNTY}_201410.csv", good_rows("population", 200))]
    more = [home.rows(f"population_{COUNTY}_201411.csv", good_rows("population", 8000))]
    return [str(path) for path in first], [str(path) for path in more]


def ballast(folder: Path, free: int) -> Path:
    """Fill the disk but for `free` bytes."""
    path = folder / "ballast"
    state = os.statvfs(folder)
    path.write_bytes(b"\1" * max(0, state.f_bavail * state.f_frsize - free))
    return path


@pytest.mark.parametrize("free_kb", [0, 256, 1200, 1600])
def test_a_full_disk_is_one_message_and_a_rerun_completes(free_kb: int, disk: Path, tmp_path: Path) -> None:
    key = str(tmp_path / "key")
    straight, home = Home(tmp_path / "straight" / "home"), Home(disk / "home")
    for place in (straight, home):
        first, more = fill(place)
        assert renkou(place.settings.root, "land", *first, script=SCRIPT, RENKOU_KEY_FILE=key)[0] == 0
    before = home.hashes()
    full = ballast(disk, free_kb << 10)
    code, out, said = renkou(home.settings.root, "land", *more, script=SCRIPT, RENKOU_KEY_FILE=key)
    full.unlink()
    assert code == 2
    assert "Traceback" not in out + said
    assert "某人" not in out + said
    assert home.hashes() == before
    assert renkou(home.settings.root, "land", *more, script=SCRIPT, RENKOU_KEY_FILE=key)[0] == 0
    _, straight_more = fill(straight)
    assert renkou(straight.settings.root, "land", *straight_more, script=SCRIPT, RENKOU_KEY_FILE=key)[0] == 0
    assert home.hashes() == straight.hashes()
