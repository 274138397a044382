"""Does a month cost more when thirty-five are on the register? `python -m benchmarks.months`.

Lands month after month of one population, each with other rows changed (1 %), in one process, and compares the last months
with the second. Writes benchmarks/results/months.md.
"""

import argparse
import platform
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.files import FIRST, areas_file, population_file
from benchmarks.landing import child
from benchmarks.measured import MEMORY_LIMIT, THREADS
from benchmarks.population import CHANGED_EVERY, EVENT_DATE

RESULTS = Path(__file__).parent / "results" / "months.md"


def later(folder: Path, number: int) -> Path:
    """The snapshot `number` months after the first: one row in a hundred differs from the month before."""
    year, month = divmod(2013 * 12 + 9 + number, 12)
    path = population_file(folder, f"{year}{month + 1:02d}")
    rows = population_file(folder, FIRST).read_bytes().splitlines(keepends=True)
    for past in range(1, number + 1):
        for place in range(past, len(rows), CHANGED_EVERY):
            cells = rows[place].split(b",")
            cells[EVENT_DATE] = b"2013-11-%02d" % (past % 28 + 1)
            rows[place] = b",".join(cells)
    path.write_bytes(b"".join(rows))
    return path


def main() -> None:
    """Make the files month by month, land each, write what every month took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.months", description=__doc__)
    parser.add_argument("--persons", type=int, default=280_000, help="persons on the register (default %(default)s)")
    parser.add_argument("--months", type=int, default=36, help="months (default %(default)s)")
    options = parser.parse_args()
    from orchestration.landing.deliver import landing
    from orchestration.settings import Settings

    seconds = []
    with tempfile.TemporaryDirectory(prefix="renkou-bench-") as scratch:
        folder = Path(scratch)
        child("benchmarks.population", str(options.persons), str(folder))
        settings = Settings(home=folder / "home", settle_seconds=0, threads=THREADS, memory_limit=MEMORY_LIMIT)
        with landing(settings) as lander:
            lander.land_all([areas_file(folder)])
        for number in range(options.months):
            path = later(folder, number)
            start = time.perf_counter()
            with landing(settings) as lander:
                (outcome,) = lander.land_all([path])
            seconds.append(time.perf_counter() - start)
            if number:
                path.unlink()
            print(f"{path.name}: {outcome.status}, {outcome.rows_landed} opened, {seconds[-1]:.2f} s", file=sys.stderr)
    early, late = median(seconds[1:6]), median(seconds[-5:])
    table = "\n".join(f"| {number + 1} | {taken:.2f} |" for number, taken in enumerate(seconds))
    RESULTS.write_text(
        f"""# Month after month

{date.today():%Y-%m-%d}, `python -m benchmarks.months --persons {options.persons} --months {options.months}`.
Python {platform.python_version()}, duckdb {version("duckdb")}; 1 % of the rows change every month.

Months 2 to 6 took {early:.2f} s (median), the last five {late:.2f} s: **{late / early:.2f} times**.

| month | seconds |
|---:|---:|
{table}
""",
        "utf-8",
    )


if __name__ == "__main__":
    main()
