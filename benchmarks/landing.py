"""Landing a snapshot of a whole population of which 1 % changed, beside other ways: `python -m benchmarks.landing`.

Writes its table to benchmarks/results/landing.md, one section per number of persons. README.md says how to read it.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.contenders import CONTENDERS, HOME
from benchmarks.files import FIRST, population_file
from benchmarks.measured import Measured
from benchmarks.others import OTHERS

RESULTS = Path(__file__).parent / "results" / "landing.md"
BASE = "duckdb"  # the contender that ratios refer to
NAMES = {
    "duckdb": "DuckDB `read_csv`, UTF-8 beforehand, all text, into a table (no history)",
    "renkou": "Renkou: the first month",
    "renkou_with_import": "the same with the one-off import of Great Expectations",
    "renkou_next": "**Renkou: next month, 1 % of the rows changed**",
    "pandas": "pandas: `read_csv`, compared with the history in Parquet, written anew",
    "dlt": "dlt: merge, strategy `scd2`, into DuckDB",
    "dbt": "`dbt snapshot` after DuckDB `read_csv`, UTF-8 beforehand",
    "postgres": "PostgreSQL: `COPY`, close, insert",
}
PACKAGES = ("duckdb", "pyarrow", "pandas", "great-expectations")
LEFT_BEHIND = ("bare.duckdb", "dlt.duckdb", "dbt.duckdb", "pandas.parquet")


def child(module: str, *arguments: str, python: str = sys.executable) -> str:
    """Run a module in a process of its own; its standard output."""
    command = [python, "-m", module, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(folder: Path, runs: int, others: list[str], python: str) -> dict[str, list[Measured]]:
    """Every contender `runs` times, in turns: what disturbs the machine disturbs them all."""
    taken: dict[str, list[Measured]] = {name: [] for name in [*CONTENDERS, *others]}
    for number in range(runs):
        shutil.rmtree(folder / HOME, ignore_errors=True)
        for name, measured in taken.items():
            for left in LEFT_BEHIND:
                (folder / left).unlink(missing_ok=True)
            module, interpreter = ("others", python) if name in others else ("contenders", sys.executable)
            answer = child(f"benchmarks.{module}", name, str(folder), python=interpreter).splitlines()[-1]
            measured.append(Measured(**json.loads(answer)))
            print(f"run {number + 1}: {name}: {measured[-1].seconds:.1f} s", file=sys.stderr)
    taken["renkou_with_import"] = [
        Measured(m.seconds + m.once, m.cpu + m.once_cpu, m.peak_mb, m.rows) for m in taken["renkou"]
    ]
    return taken


def table(taken: dict[str, list[Measured]]) -> str:
    """Medians as a markdown table; the ratio is the median of the ratios run by run."""
    lines = [
        "| contender | seconds | processor seconds | µs per row | peak MB | times bare DuckDB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, label in NAMES.items():
        runs = taken.get(name)
        if not runs:
            lines.append(f"| {label} | not measured | | | | |")
            continue
        seconds, cpu = median(m.seconds for m in runs), median(m.cpu for m in runs)
        ratio = median(m.seconds / base.seconds for m, base in zip(runs, taken[BASE], strict=True))
        peak = max(m.peak_mb for m in runs)
        lines.append(
            f"| {label} | {seconds:.2f} | {cpu:.2f} | {seconds / runs[0].rows * 1e6:.2f} | {peak:.0f} | {ratio:.1f} |"
        )
    return "\n".join(lines)


def section(persons: int, runs: int, size: int, taken: dict[str, list[Measured]]) -> str:
    """What was measured, where and how, and the table."""
    rows = taken["renkou"][0].rows
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"""## {persons:,} persons

{date.today():%Y-%m-%d}, `python -m benchmarks.landing --persons {persons} --runs {runs}`, medians of {runs} run(s).
One file of {rows:,} rows, {size / 1e6:.0f} MB in GB18030.
{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; Python {platform.python_version()}, {packages}.

{table(taken)}
"""


def write(persons: int, text: str) -> None:
    """Replace this number of persons' section of the results file; the other sections stay."""
    old = RESULTS.read_text("utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    sections = {int(part.split(" ")[0].replace(",", "")): f"## {part}".rstrip() + "\n" for part in old}
    sections[persons] = text
    parts = ["# Landing one snapshot of a population\n", *(sections[size] for size in sorted(sections))]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(parts), "utf-8")


def main() -> None:
    """Make the files in a scratch folder, measure, print and write the table, leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.landing", description=__doc__)
    parser.add_argument("--persons", type=int, default=280_000, help="persons on the register (default %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="times that each contender runs (default %(default)s)")
    parser.add_argument("--scratch", type=Path, help="where the files go meanwhile (default: the system's temp folder)")
    parser.add_argument("--others", nargs="*", choices=OTHERS, default=["pandas"], help="other ways (default: pandas)")
    parser.add_argument(
        "--python", default=sys.executable, help="an interpreter that has the packages of the other ways"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="renkou-bench-", dir=options.scratch) as scratch:
        folder = Path(scratch)
        child("benchmarks.population", str(options.persons), str(folder))
        size = population_file(folder, FIRST).stat().st_size
        text = section(
            options.persons, options.runs, size, measure(folder, options.runs, options.others, options.python)
        )
    write(options.persons, text)
    print(text)


if __name__ == "__main__":
    main()
