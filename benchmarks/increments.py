"""One month's build beside a full rebuild: `python -m benchmarks.increments --before DIR --after DIR`.

Both homes are made by `benchmarks.city`, the first without the last month of the second. A copy of the first is built, then what
has landed is replaced by the second's, and the models are built twice more: as an increment and from nothing. Both are the
command of a monthly run, data tests included; both must leave the same figures. Each build is a process of its own; the
publication, which writes a whole copy either way, is not in it. Writes benchmarks/results/increments.md.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.landing import child
from benchmarks.measured import THREADS, Measured, timed
from orchestration.defs.dbt_assets import BUILD, EVERYTHING, INCREMENT
from orchestration.settings import Settings
from orchestration.transform import ensure_manifest, run_dbt

RESULTS = Path(__file__).parent / "results" / "increments.md"
EXTENTS = {"everything": EVERYTHING, "increment": INCREMENT}
LANDED = ("raw", "landing", "quality")
FIGURES = (
    "marts.measures",
    "marts.indicator_values",
    "marts.assessments",
    "published.indicator_values",
    "published.measures",
)
# Under 4 GB for the whole process: what DuckDB is given, and a gigabyte for Python, dbt and what DuckDB does not count.
MEMORY_LIMIT = "3GB"


def build(home: Path, extent: str) -> Measured:
    """Build the models once, as a monthly run does. SystemExit when a node fails."""
    settings = Settings(home=home, threads=THREADS, memory_limit=MEMORY_LIMIT)
    ensure_manifest(settings)

    def work() -> int:
        results = run_dbt(settings, [*BUILD, *EXTENTS[extent]])
        failed = [result.node.name for result in results if str(result.status) not in ("success", "pass", "warn")]
        if failed:
            raise SystemExit(f"dbt could not build {', '.join(failed)}")
        for result in sorted(results, key=lambda result: -result.execution_time)[:15]:
            print(f"{result.execution_time:7.2f} {result.node.name}", file=sys.stderr)
        return len(results)

    return timed(work)


def replace_landed(home: Path, other: Path) -> None:
    """Put what has landed in another home in the place of what has landed here; the models stay as they are."""
    with duckdb.connect(str(Settings(home=home).warehouse)) as connection:
        connection.execute(f"attach '{Settings(home=other).warehouse}' as other (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'other' and schema_name in ?",
            [LANDED],
        ).fetchall()
        for schema, table in tables:
            connection.execute(f"truncate {schema}.{table}")
            connection.execute(f"insert into {schema}.{table} by name from other.{schema}.{table}")
        connection.execute("detach other")
        connection.execute("checkpoint")


def figures(home: Path) -> dict[str, tuple[int, ...]]:
    """Number and hash of the rows of what people read, and of the values that the last build computed."""
    with duckdb.connect(str(Settings(home=home).warehouse), read_only=True) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        found = {
            table: connection.execute(f"select count(*), bit_xor(hash(t)) from {table} as t").fetchone()
            for table in FIGURES
        }
    assert None not in found.values()
    return {table: tuple(row or ()) for table, row in found.items()}


def computed(home: Path) -> int:
    """How many values the last increment computed."""
    with duckdb.connect(str(Settings(home=home).warehouse), read_only=True) as connection:
        row = connection.execute("select count(*) from increment.int_touched__values").fetchone()
    assert row is not None
    return int(row[0])


def measure(folder: Path, before: Path, after: Path, runs: int) -> tuple[dict[str, list[Measured]], int, int]:
    """Both builds `runs` times; how many values an increment computed, and of how many."""
    home = folder / "home"
    taken: dict[str, list[Measured]] = {"increment": [], "everything": []}
    values = 0
    for number in range(runs):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(before, home)
        run_dbt(Settings(home=home, threads=THREADS), ["seed"])
        child("benchmarks.increments", "--build", str(home), "everything")
        replace_landed(home, after)
        left = []
        for extent, measured in taken.items():
            answer = child("benchmarks.increments", "--build", str(home), extent).splitlines()[-1]
            measured.append(Measured(**json.loads(answer)))
            if extent == "increment":
                values = computed(home)
            left.append(figures(home))
            print(f"run {number + 1}: {extent}: {measured[-1].seconds:.1f} s", file=sys.stderr)
        if left[0] != left[1]:
            raise SystemExit(f"the increment left other figures: {left}")
    return taken, values, left[0]["marts.indicator_values"][0]


def report(taken: dict[str, list[Measured]], values: int, standing: int, runs: int) -> str:
    """What was measured, where and how, and the table."""
    lines = ["| build | seconds | processor seconds | peak MB |", "|---|---:|---:|---:|"]
    for name, label in (("everything", "everything"), ("increment", "**the last month**")):
        seconds, cpu = (median(getattr(m, what) for m in taken[name]) for what in ("seconds", "cpu"))
        lines.append(f"| {label} | {seconds:.1f} | {cpu:.1f} | {max(m.peak_mb for m in taken[name]):.0f} |")
    pairs = list(zip(taken["increment"], taken["everything"], strict=True))
    ratio, cpu = (median(getattr(a, what) / getattr(b, what) for a, b in pairs) for what in ("seconds", "cpu"))
    table = "\n".join(lines)
    return f"""# A month's build beside a full rebuild

{date.today():%Y-%m-%d}, `python -m benchmarks.increments --runs {runs}`, medians of {runs} run(s).
{platform.system()} {platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()}, duckdb {version("duckdb")},
dbt-core {version("dbt-core")}; DuckDB has {THREADS} threads and {MEMORY_LIMIT} of memory.

The increment takes **{ratio:.2f} times** what the full rebuild takes ({cpu:.2f} in processor seconds), and computed {values:,} of
{standing:,} values. Both left the same figures.

{table}
"""


def main() -> None:
    """Measure in a scratch folder, print and write the table, leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.increments", description=__doc__)
    parser.add_argument("--before", type=Path, help="a home made by benchmarks.city, without the last month")
    parser.add_argument("--after", type=Path, help="the same with the last month")
    parser.add_argument("--runs", type=int, default=1, help="times that each is built (default %(default)s)")
    parser.add_argument(
        "--scratch", type=Path, help="where the copy goes meanwhile (default: the system's temp folder)"
    )
    parser.add_argument("--build", nargs=2, metavar=("HOME", "EXTENT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        home, extent = options.build
        print(json.dumps(asdict(build(Path(home), extent))))
        return
    if not (options.before and options.after):
        parser.error("name both homes: --before and --after")
    with tempfile.TemporaryDirectory(prefix="renkou-bench-", dir=options.scratch) as scratch:
        text = report(*measure(Path(scratch), options.before, options.after, options.runs), options.runs)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
