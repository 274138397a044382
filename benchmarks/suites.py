"""All suites of a city's month, beside one query per table by hand, Great Expectations and dbt: `python -m benchmarks.suites`.

A home made by `benchmarks.city` gives the month: its last one is taken out of the registers and stands as deliveries, one for
each register and county, as the gate finds them. The contenders judge them one by one; staging them is not timed. All must
find the same: the query by hand the same counts, the others the same verdicts. Writes benchmarks/results/suites.md.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections import defaultdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.delivered import prepare
from benchmarks.gates import CONTENDERS, judged_by_renkou
from benchmarks.landing import child
from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured

RESULTS = Path(__file__).parent / "results" / "suites.md"
BASE = "one_query"  # the contender that ratios refer to
NAMES = {
    "one_query": "one query per delivered table, by hand: all counts, no verdict",
    "renkou": "**Renkou's gate**",
    "renkou_with_import": "the same with the one-off import of Great Expectations",
    "gx_sql": "Great Expectations on DuckDB, by its own SQL (yes or no)",
    "dbt": "dbt tests, in a process that has parsed them",
    "dbt_command": "dbt tests, the command `dbt test`",
    "gx_pandas": "Great Expectations on pandas, from data frames: part of the rules",
}
ONCE = ("gx_pandas",)  # takes minutes, and its ratio needs no second figure behind the point
PACKAGES = ("duckdb", "great-expectations", "pandas", "dbt-core", "dbt-duckdb")


def measure(folder: Path, runs: int, contenders: list[str]) -> tuple[dict[str, list[Measured]], list[float]]:
    """Every contender `runs` times, in turns, and the load of the machine (average of a minute) before each of them.

    SystemExit when one finds otherwise than Renkou.
    """
    loads: list[float] = []
    taken: dict[str, list[Measured]] = {name: [] for name in CONTENDERS if name in contenders}
    for number in range(runs):
        for name, measured in taken.items():
            if number and name in ONCE:
                continue
            loads.append(os.getloadavg()[0])
            answer = child("benchmarks.gates", name, str(folder)).splitlines()[-1]
            measured.append(Measured(**json.loads(answer)))
            print(f"run {number + 1}: {name}: {measured[-1].seconds:.1f} s", file=sys.stderr)
            if not number and name not in ("renkou", "dbt_command"):
                compare(folder, name)
    taken["renkou_with_import"] = [
        Measured(m.seconds + m.once, m.cpu + m.once_cpu, m.peak_mb, m.rows) for m in taken["renkou"]
    ]
    return taken, loads


def compare(folder: Path, name: str) -> int:
    """SystemExit when a contender's counts or verdicts are not Renkou's; how many it found."""
    found = json.loads((folder / f"{name}.json").read_text())
    expected: dict[str, object]
    if name == "one_query":
        results = json.loads((folder / "renkou.json").read_text())
        expected = {key: counts for key, (*counts, _) in results.items()}
    else:
        expected = dict(judged_by_renkou(folder))
    if name == "dbt":
        expected = _broken_by_rule(folder)
    if name == "gx_pandas":  # answers part of the rules
        expected = {key: expected.get(key) for key in found}
    wrong = [key for key in sorted(expected.keys() | found.keys()) if expected.get(key) != found.get(key)]
    if wrong or not found:
        raise SystemExit(
            f"{name} finds otherwise than Renkou: {[(k, expected.get(k), found.get(k)) for k in wrong[:5]]}"
        )
    return len(found)


def _broken_by_rule(folder: Path) -> dict[str, object]:
    """How many areas broke each rule that was delivered for, as dbt counts it."""
    results = json.loads((folder / "renkou.json").read_text())
    broken = defaultdict[str, int](int)
    for key, (*_, status) in results.items():
        broken[key.split(" ")[1]] += status in ("warn", "fail")
    return dict(broken)


def table(taken: dict[str, list[Measured]]) -> str:
    """Medians as a markdown table; the ratios are the medians of the ratios run by run."""
    lines = [
        "| contender | seconds | processor seconds | peak MB | times one query, wall | in processor seconds |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, label in NAMES.items():
        runs = taken.get(name)
        if not runs:
            lines.append(f"| {label} | not measured | | | | |")
            continue
        pairs = list(zip(runs, taken[BASE], strict=False))
        wall, cpu = median(a.seconds / b.seconds for a, b in pairs), median(a.cpu / b.cpu for a, b in pairs)
        seconds, spent = median(m.seconds for m in runs), median(m.cpu for m in runs)
        peak = max(m.peak_mb for m in runs)
        lines.append(f"| {label} | {seconds:.1f} | {spent:.1f} | {peak:.0f} | {wall:.2f} | {cpu:.2f} |")
    return "\n".join(lines)


def report(folder: Path, rows: int, runs: int, taken: dict[str, list[Measured]], loads: list[float]) -> str:
    """What was measured, where and how, under which load, and the table."""
    results = json.loads((folder / "renkou.json").read_text())
    rules = len({key.split(" ")[1] for key in results})
    on_pandas = folder / "gx_pandas.json"
    answered = len(json.loads(on_pandas.read_text())) if on_pandas.exists() else 0
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = f"{min(loads):.0f} to {max(loads):.0f} while this ran"
    if max(loads) > (os.cpu_count() or 1):
        load += ": wall seconds say little, processor seconds vary less"
    pandas = f" Great Expectations on pandas answers {answered:,} of them." if answered else ""
    return f"""# All suites of a city's month

{date.today():%Y-%m-%d}, `python -m benchmarks.suites --runs {runs}`, medians of {runs} run(s), in turns; pandas once.
{rows:,} rows were delivered, judged by {rules} rules, delivery by delivery: {len(results):,} judgements.{pandas}
All found the same.
{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; Python {platform.python_version()}, {packages};
DuckDB has {THREADS} threads and {MEMORY_LIMIT} of memory. The machine's load was {load}.

{table(taken)}
"""


def make_city(folder: Path, persons: int, months: int) -> Path:
    """A home of the benchmark city, made in the scratch folder."""
    home = folder / "city"
    child("benchmarks.city", "--home", str(home), "--persons", str(persons), "--months", str(months))
    return home


def main() -> None:
    """Measure in a scratch folder, print and write the table, leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suites", description=__doc__)
    parser.add_argument("--home", type=Path, help="a home made by benchmarks.city (only read); default: one is made")
    parser.add_argument("--persons", type=int, default=2_800_000, help="of the city that is made (default %(default)s)")
    parser.add_argument("--months", type=int, default=12, help="of the city that is made (default %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="times that each contender runs (default %(default)s)")
    parser.add_argument(
        "--scratch", type=Path, help="where the copy goes meanwhile (default: the system's temp folder)"
    )
    parser.add_argument(
        "--contenders", nargs="*", choices=CONTENDERS, default=list(CONTENDERS), help="who takes part (default: all)"
    )
    options = parser.parse_args()
    contenders = list({"renkou", BASE} | set(options.contenders))  # the others are held against these two
    with tempfile.TemporaryDirectory(prefix="renkou-bench-", dir=options.scratch) as scratch:
        folder = Path(scratch)
        rows = prepare(options.home or make_city(folder, options.persons, options.months), folder)
        text = report(folder, rows, options.runs, *measure(folder, options.runs, contenders))
    RESULTS.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
