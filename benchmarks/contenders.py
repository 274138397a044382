"""The contenders of the landing benchmark, each in a process of its own: `python -m benchmarks.contenders NAME FOLDER`.

Prints one line of JSON: wall and processor seconds, peak memory, rows. Imports are not timed but for Great Expectations,
which is told apart.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.files import FIRST, SECOND, areas_file, population_file, utf8_file
from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured, timed

HOME = "home"  # Renkou's, inside the folder; the second snapshot lands where the first did


def renkou_first(folder: Path) -> Measured:
    """Renkou: the first snapshot into an empty warehouse, from opening the warehouse to closing it."""
    return _renkou(folder, FIRST)


def renkou_next(folder: Path) -> Measured:
    """Renkou: the next month's snapshot, in which one row in a hundred has changed."""
    return _renkou(folder, SECOND)


def _renkou(folder: Path, month: str) -> Measured:
    wall, cpu = time.perf_counter(), time.process_time()
    import_module("great_expectations")

    once = time.perf_counter() - wall, time.process_time() - cpu
    from orchestration.landing.deliver import landing
    from orchestration.settings import Settings

    settings = Settings(home=folder / HOME, settle_seconds=0, threads=THREADS, memory_limit=MEMORY_LIMIT)

    def land(path: Path) -> int:
        with landing(settings) as lander:
            (outcome,) = lander.land_all([path])
        if outcome.status != "landed":
            raise SystemExit(f"{path.name}: {outcome.status}: {outcome.reason}")
        return outcome.rows_in or 0

    if month == FIRST:
        land(areas_file(folder))
    return timed(lambda: land(population_file(folder, month)), once)


def duckdb_read_csv(folder: Path) -> Measured:
    """Bare DuckDB: read_csv of the second snapshot in UTF-8, every column text, into a table of a file."""
    import duckdb

    def work() -> int:
        config = {"threads": THREADS, "memory_limit": MEMORY_LIMIT}
        with duckdb.connect(str(folder / "bare.duckdb"), config=config) as connection:
            connection.execute(
                "create table population as select * from read_csv(?, header = true, all_varchar = true)",
                [str(utf8_file(folder, SECOND))],
            )
            row = connection.execute("select count(*) from population").fetchone()
            assert row is not None
            return int(row[0])

    return timed(work)


CONTENDERS: dict[str, Callable[[Path], Measured]] = {
    "duckdb": duckdb_read_csv,
    "renkou": renkou_first,
    "renkou_next": renkou_next,
}


if __name__ == "__main__":
    print(json.dumps(asdict(CONTENDERS[sys.argv[1]](Path(sys.argv[2])))))
