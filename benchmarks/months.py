"""Does a month cost more when thirty-five are on the register? `python -m benchmarks.months`.

Lands month after month of one population, each with other rows changed (1 %), and keeps the warehouse as it stood before the
second month and before the last. Then both months land again and again, in turns, each time into a copy of its warehouse:
what disturbs the machine disturbs them both. Writes benchmarks/results/months.md.
"""

import argparse
import platform
import shutil
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.files import areas_file, population_file
from benchmarks.landing import child
from benchmarks.measured import MEMORY_LIMIT, THREADS
from benchmarks.population import CHANGED_EVERY, EVENT_DATE
from orchestration.landing.deliver import landing
from orchestration.settings import Settings

RESULTS = Path(__file__).parent / "results" / "months.md"
MONTHS_BEFORE = 2013 * 12 + 9  # the first month is October 2013


class Taken(NamedTuple):
    """Wall and processor seconds of landing one month, opening and closing the warehouse included."""

    wall: float
    processor: float


def path_of(folder: Path, number: int) -> Path:
    """The snapshot of month `number` (from 1)."""
    year, month = divmod(MONTHS_BEFORE + number - 1, 12)
    return population_file(folder, f"{year}{month + 1:02d}")


def make_later(folder: Path, number: int) -> Path:
    """Write the snapshot of a month, in which one row in a hundred differs from the month before."""
    rows = path_of(folder, number - 1).read_bytes().splitlines(keepends=True)
    for place in range(number, len(rows), CHANGED_EVERY):
        cells = rows[place].split(b",")
        cells[EVENT_DATE] = b"2013-11-%02d" % (number % 28 + 1)
        rows[place] = b",".join(cells)
    path = path_of(folder, number)
    path.write_bytes(b"".join(rows))
    return path


def land(home: Path, *paths: Path) -> Taken:
    """Land files into a home folder. SystemExit when one does not land."""
    settings = Settings(home=home, settle_seconds=0, threads=THREADS, memory_limit=MEMORY_LIMIT)
    wall, processor = time.perf_counter(), time.process_time()
    with landing(settings) as lander:
        outcomes = lander.land_all(paths)
    taken = Taken(time.perf_counter() - wall, time.process_time() - processor)
    for outcome in outcomes:
        if outcome.status != "landed":
            raise SystemExit(f"{outcome.file}: {outcome.status}: {outcome.reason}")
    return taken


def prepare(folder: Path, months: int) -> dict[int, Path]:
    """Land all months but the last; the homes as they stood before the second month and before the last."""
    home, before = folder / "home", {}
    land(home, areas_file(folder), path_of(folder, 1))
    for number in range(2, months + 1):
        path = make_later(folder, number)
        if number in (2, months):
            before[number] = Path(shutil.copytree(home, folder / f"before-{number}"))
        if number < months:
            print(f"{path.name}: {land(home, path).wall:.2f} s", file=sys.stderr)
    return before


def measure(folder: Path, before: dict[int, Path], runs: int) -> dict[int, list[Taken]]:
    """Land each of the months `runs` times, in turns, each time into a fresh copy of the home it goes into."""
    taken: dict[int, list[Taken]] = {number: [] for number in before}
    for _ in range(runs):
        for number, template in before.items():
            home = Path(shutil.copytree(template, folder / "again"))
            taken[number].append(land(home, path_of(folder, number)))
            shutil.rmtree(home)
    return taken


def report(persons: int, months: int, runs: int, taken: dict[int, list[Taken]]) -> str:
    """The results page."""
    pairs = list(zip(taken[2], taken[months], strict=True))
    wall = median(late.wall / early.wall for early, late in pairs)
    processor = median(late.processor / early.processor for early, late in pairs)
    table = "\n".join(f"| {early.wall:.2f} | {late.wall:.2f} | {late.wall / early.wall:.2f} |" for early, late in pairs)
    return f"""# Month after month

{date.today():%Y-%m-%d}, `python -m benchmarks.months --persons {persons} --months {months} --runs {runs}`.
Python {platform.python_version()}, duckdb {version("duckdb")}; 1 % of the rows change every month.

Month {months} takes **{wall:.2f} times** what month 2 takes (median of the ratios), {processor:.2f} times in processor seconds.

| month 2, seconds | month {months}, seconds | ratio |
|---:|---:|---:|
{table}
"""


def main() -> None:
    """Make the files, land them, measure, write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.months", description=__doc__)
    parser.add_argument("--persons", type=int, default=280_000, help="persons on the register (default %(default)s)")
    parser.add_argument("--months", type=int, default=36, help="months (default %(default)s)")
    parser.add_argument("--runs", type=int, default=7, help="times that both months land (default %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="renkou-bench-") as scratch:
        folder = Path(scratch)
        child("benchmarks.population", str(options.persons), str(folder))
        before = prepare(folder, options.months)
        text = report(options.persons, options.months, options.runs, measure(folder, before, options.runs))
    RESULTS.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
