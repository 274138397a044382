"""Readers across swaps see a publication whole; one that is killed at any moment leaves the old or the new."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.publish.publication import BUILDING, MARTS, publish
from orchestration.settings import Settings
from tests.publication_kit import TABLES

ROOT = Path(__file__).resolve().parents[2]
READERS, SWAPS, KILLS = 8, 50, 15
TABLE = "measures"
# Opens what the pointer names, again and again, and says which values it saw beside the publication's number.
READER = f"""
import json, sys, time
from pathlib import Path
import duckdb
published, seen = Path(sys.argv[1]), []
print("ready", flush=True)
while not (published / "stop").exists():
    folder = (published / "current").resolve()
    with duckdb.connect(str(folder / "{MARTS}"), read_only=True) as marts:
        first = marts.execute("select publication from publication").fetchone()[0]
        value = marts.execute("select distinct value from {TABLE} where area_level = 'county'").fetchall()
        again = marts.execute("select publication from publication").fetchone()[0]
    with duckdb.connect() as any:
        parquet = any.execute("select distinct value from read_parquet(?) where area_level = 'county'",
            [str(folder / "parquet" / "{TABLE}.parquet")]).fetchall()
    with duckdb.connect(str(published / "{MARTS}"), read_only=True) as named:
        number = named.execute("select publication from publication").fetchone()[0]
        named_value = named.execute("select distinct value from {TABLE} where area_level = 'county'").fetchall()
    seen.append([first, again, value, parquet, number, named_value])
    time.sleep(1)  # eight that never rest would take the machine away from who publishes
print(json.dumps(seen))
"""
PUBLISHER = """
import sys
from orchestration.publish.publication import publish
from orchestration.settings import Settings
settings = Settings(home=sys.argv[1], threads=1)
print("ready", flush=True)
sys.stdin.readline()
publish(settings)
"""


def value_of(publication: int) -> float:
    return 1000.0 + publication * 5


def write(settings: Settings, publication: int) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        sql = f"update published.{TABLE} set value = {value_of(publication)} where area_level = 'county'"
        connection.execute(sql)


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", threads=1, keep_publications=3)
    settings.root.mkdir()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(TABLES)
        connection.execute(f"alter table published.{TABLE} alter value type double")
    write(settings, 1)
    publish(settings)
    return settings


def test_readers_across_swaps_see_the_old_or_the_new_and_never_both(settings: Settings) -> None:
    command = [sys.executable, "-c", READER, str(settings.published)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(READERS)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in range(2, SWAPS + 2):
        write(settings, number)
        assert publish(settings).number == number
    (settings.published / "stop").touch()
    seen = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS
    for first, again, value, parquet, number, named_value in (look for looks in seen for look in looks):
        assert first == again
        assert value == parquet == [[value_of(first)]]
        assert named_value == [[value_of(number)]]
    assert len({look[0] for looks in seen for look in looks}) > SWAPS / 5  # they looked while it was swapped


def publisher(settings: Settings) -> subprocess.Popen[str]:
    """A process that begins to publish."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command, pipe = [sys.executable, "-c", PUBLISHER, str(settings.root)], subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    return process


def test_a_publication_that_is_killed_leaves_the_old_or_the_new(settings: Settings) -> None:
    """Kills at random moments; what stands afterwards is whole, and the next publication takes no notice of it."""
    write(settings, 2)
    process, begun = publisher(settings), time.perf_counter()
    assert process.wait() == 0
    whole, stands, rng = time.perf_counter() - begun, 2, random.Random(7)
    outcomes = set()
    for _ in range(KILLS):
        write(settings, stands + 1)
        process = publisher(settings)
        time.sleep(rng.uniform(0, 1.5) * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with duckdb.connect(str(settings.published / MARTS), read_only=True) as marts:
            found = marts.execute(
                f"select publication, (select max(value) from {TABLE} where area_level = 'county') from publication"
            ).fetchone()
            parquet = marts.execute(f"select max(value) from '{settings.published}/parquet/{TABLE}.parquet'").fetchone()
        assert found in ((stands, value_of(stands)), (stands + 1, value_of(stands + 1)))
        assert parquet == (found[1],)
        outcomes.add(found[0] - stands)
        done = publish(settings)
        assert (done.number, done.unchanged) == (stands + 1, found[0] > stands)
        assert not list(settings.published.glob(f"{BUILDING}*"))
        stands += 1
    assert outcomes == {0, 1}
