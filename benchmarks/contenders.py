"""The contenders of the landing benchmark, each in a process of its own: `python -m benchmarks.contenders NAME FOLDER`.

Prints one line of JSON: wall and processor seconds, peak memory, rows. Imports are not timed but for Great Expectations,
which is told apart.
"""

import json
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from benchmarks.population import FIRST, SECOND, areas_file, population_file, utf8_file

HOME = "home"  # Renkou's, inside the folder; the second snapshot lands where the first did
THREADS, MEMORY_LIMIT = 2, "4GB"


@dataclass
class Measured:
    """What a contender took. `once` is what the first file of a process pays more (importing Great Expectations)."""

    seconds: float
    cpu: float
    peak_mb: float
    rows: int
    once: float = 0.0
    once_cpu: float = 0.0


def timed(work: Callable[[], int], once: tuple[float, float] = (0.0, 0.0)) -> Measured:
    """Do the work, which answers with the number of rows it took in."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = work()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Measured(seconds, cpu, _peak_mb(), rows, *once)


def _peak_mb() -> float:
    """Peak resident memory of this process (VmHWM where there is /proc: ru_maxrss may still hold the parent's)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


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
    """Bare DuckDB: read_csv of the same rows in UTF-8, every column text, into a table of a file."""
    import duckdb

    def work() -> int:
        config = {"threads": THREADS, "memory_limit": MEMORY_LIMIT}
        with duckdb.connect(str(folder / "bare.duckdb"), config=config) as connection:
            connection.execute(
                "create table population as select * from read_csv(?, header = true, all_varchar = true)",
                [str(utf8_file(folder))],
            )
            row = connection.execute("select count(*) from population").fetchone()
            assert row is not None
            return int(row[0])

    return timed(work)


def pandas_to_sql(folder: Path) -> Measured:
    """pandas: read_csv of the file as delivered, every column text, then to_sql into SQLite."""
    import pandas as pd  # type: ignore[import-untyped]

    def work() -> int:
        frame = pd.read_csv(population_file(folder, FIRST), encoding="gb18030", dtype=str)
        connection = sqlite3.connect(folder / "pandas.sqlite")
        frame.to_sql("population", connection, index=False)
        connection.commit()
        connection.close()
        return len(frame)

    return timed(work)


CONTENDERS: dict[str, Callable[[Path], Measured]] = {
    "duckdb": duckdb_read_csv,
    "renkou": renkou_first,
    "renkou_next": renkou_next,
    "pandas": pandas_to_sql,
}


if __name__ == "__main__":
    print(json.dumps(asdict(CONTENDERS[sys.argv[1]](Path(sys.argv[2])))))
