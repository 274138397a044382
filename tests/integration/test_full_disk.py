"""A full disk while models are built and while the marts are published: what was published stays, and a rerun completes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from city_run import LAST_MONTH, CityRun

from tests.full_disk import ballast, small_disk

VALUES = "select count(*) as n, sum(hash(v::varchar)) as digest from indicator_values as v"


@pytest.fixture(name="on_disk")
def _on_disk(city: CityRun, tmp_path: Path) -> Iterator[CityRun]:
    """A copy of the city on a disk of its own."""
    with small_disk(tmp_path / "disk", 400 << 20) as disk:
        shutil.copytree(city.home, disk / "home", symlinks=True)
        yield CityRun(disk / "home")


@pytest.mark.parametrize("free", [0, 1 << 20, 6 << 20])
def test_a_publication_that_finds_no_room_leaves_the_old_one(free: int, on_disk: CityRun) -> None:
    before = on_disk.json("sql", VALUES)
    pointer = (on_disk.home / "published" / "current").readlink()
    with duckdb.connect(str(on_disk.home / "warehouse.duckdb")) as connection:
        connection.execute("delete from published.dim_policy_regime")  # else there would be nothing new to publish
    full = ballast(on_disk.home.parent, free)
    failed = on_disk.renkou("publish", check=False)
    assert failed.returncode == 1
    assert "the disk is full" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (on_disk.home / "published" / "current").readlink() == pointer
    assert on_disk.json("sql", VALUES) == before
    full.unlink()
    on_disk.renkou("publish")
    assert (on_disk.home / "published" / "current").readlink() != pointer
    assert on_disk.json("sql", VALUES) == before
    assert list((on_disk.home / "published").glob(".building*")) == []


def test_a_run_that_finds_no_room_for_its_models_is_one_message_and_runs_again(on_disk: CityRun) -> None:
    before = on_disk.json("sql", VALUES)
    full = ballast(on_disk.home.parent, 8 << 20)
    failed = on_disk.renkou("run", "--month", LAST_MONTH, check=False)
    assert failed.returncode in (1, 2)
    assert "Traceback" not in failed.stderr
    assert on_disk.json("sql", VALUES) == before
    full.unlink()
    again = on_disk.renkou("run", "--month", LAST_MONTH, check=False)
    assert again.returncode in (0, 1), again.stderr
    assert on_disk.json("sql", VALUES) == before
