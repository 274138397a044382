"""A full disk at every step of landing: one message, nothing half done, and a rerun completes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from home_process import renkou

from tests.full_disk import ballast, small_disk
from tests.landing_kit import COUNTY, Home, good_rows

SCRIPT = Path(__file__).with_name("renkou_open_gate.py")


@pytest.fixture(name="disk")
def _disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 96 << 20) as folder:
        yield folder


def fill(home: Home) -> tuple[list[str], list[str]]:
    """What is on the register before, and what comes when the disk is full (incompressible enough to need room)."""
    first = [home.areas("201407"), home.rows(f"population_{COUNTY}_201410.csv", good_rows("population", 200))]
    more = [home.rows(f"population_{COUNTY}_201411.csv", good_rows("population", 8000))]
    return [str(path) for path in first], [str(path) for path in more]


@pytest.mark.parametrize("free_kb", [0, 256, 1600], ids=["archive", "commit", "commit_later"])
def test_a_full_disk_is_one_message_and_a_rerun_completes(free_kb: int, disk: Path, tmp_path: Path) -> None:
    straight, home, more = prepared(disk, tmp_path)
    before = home.hashes()
    full = ballast(disk, free_kb << 10)
    code, said = land(home, more)
    full.unlink()
    assert (code, "the disk is full" in said) == (2, True), said
    assert home.hashes() == before
    assert land(home, more)[0] == 0
    assert home.hashes() == straight.hashes()


def test_a_disk_that_fills_at_the_checkpoint_leaves_the_log_and_loses_nothing(disk: Path, tmp_path: Path) -> None:
    straight, home, more = prepared(disk, tmp_path)
    full = ballast(disk, 3200 << 10)
    assert land(home, more)[0] == 0
    assert (home.settings.root / "warehouse.duckdb.wal").stat().st_size > 0, "it was committed and not checkpointed"
    full.unlink()
    assert home.hashes() == straight.hashes()
    assert not (home.settings.root / "warehouse.duckdb.wal").exists()


def test_a_disk_that_fills_while_memory_spills_is_one_message(disk: Path, tmp_path: Path) -> None:
    straight, home, more = prepared(disk, tmp_path)
    assert land(home, more)[0] == 0
    rows = good_rows("population", 60_000)
    files = [str(place.rows(f"population_{COUNTY}_201412.csv", rows)) for place in (straight, home)]
    before = home.hashes()
    size = Path(files[1]).stat().st_size
    full = ballast(disk, size + (2 << 20))  # enough for the archive's copy
    code, said = land(home, files[1:], RENKOU_MEMORY_LIMIT="20MB")
    full.unlink()
    assert (code, "ran out" in said or "the disk is full" in said) == (2, True), said
    assert home.hashes() == before
    assert list((home.settings.root / "tmp").glob("*")) == []
    assert land(home, files[1:])[0] == 0
    land(straight, files[:1])
    assert home.hashes() == straight.hashes()


def prepared(disk: Path, folder: Path) -> tuple[Home, Home, list[str]]:
    """A home beside the disk in which all has landed, one on the disk that waits for the last files, and those files."""
    straight, home = (
        Home(folder / "straight" / "home", key_file=folder / "key"),
        Home(disk / "home", key_file=folder / "key"),
    )
    for place in (straight, home):
        first, more = fill(place)
        assert land(place, first)[0] == 0
        if place is straight:
            assert land(place, more)[0] == 0
    return straight, home, more


def land(home: Home, files: list[str], **more: str) -> tuple[int, str]:
    """Exit code and what was said; never a traceback, never content."""
    key = str(home.settings.key_path)
    code, out, said = renkou(home.settings.root, "land", *files, script=SCRIPT, RENKOU_KEY_FILE=key, **more)
    assert "Traceback" not in out + said
    assert "某人" not in out + said
    return code, said
