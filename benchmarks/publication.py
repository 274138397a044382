"""A city's publication and its pages: `python -m benchmarks.publication --home DIR`.

The home is one made by `benchmarks.city`. A copy of it is built, unless its models are, and publishes for the first time,
which attacks everything, and once more with nothing changed. Then the pages are written from what was published, beside the
same figures as CSV, which is the least that writing them takes. Chromium opens pages of each kind from the folder, each in a
fresh profile, beside an empty page that loads the chart library alone. Every step that is timed is a process of its own.
Writes benchmarks/results/publication.md.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb

from benchmarks.landing import child
from benchmarks.measured import THREADS, Measured, timed
from orchestration.publish import publication
from orchestration.publish.standing import current_marts
from orchestration.settings import Settings
from orchestration.site.build import build_site
from orchestration.site.pdf import BROWSERS
from orchestration.sql_text import quoted
from orchestration.transform import run_dbt

RESULTS = Path(__file__).parent / "results" / "publication.md"
MEMORY_LIMIT = "3GB"
GOAL_SECONDS, GOAL_MB, GOAL_PAGE = 60, 60, 1.5
KINDS = {  # kind of page -> which files are of it
    "index": "index.html",
    "county": "area-[0-9][0-9][0-9][0-9][0-9][0-9]000000.html",
    "township": "area-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][1-9]000.html",
    "indicator": "indicator-*.html",
    "scheme": "scheme-*.html",
    "quality": "quality.html",
    "publications": "publications.html",
}
LOADS = 5
EMPTY = '<!doctype html><title>empty</title><script src="assets/echarts/echarts.common.min.js"></script>'
DRAWN = "html[data-drawn]"


def _settings(home: Path) -> Settings:
    return Settings(home=home, threads=THREADS, memory_limit=MEMORY_LIMIT)


def step_publish(home: Path) -> Measured:
    """Publish; `once` is what the protection of the copy takes of it. The number of rows is that of the publication."""
    spent: list[Measured] = []
    protect = publication._protect

    def measured(*given: object) -> None:
        spent.append(timed(lambda: protect(*given) or 0))  # type: ignore[arg-type,func-returns-value]

    publication._protect = measured  # type: ignore[assignment]
    done = timed(lambda: publication.publish(_settings(home)).rows)
    return Measured(done.seconds, done.cpu, done.peak_mb, done.rows, spent[0].seconds, spent[0].cpu)


def step_site(home: Path) -> Measured:
    """Write the pages into `pages` of the home; the number of rows is that of their bytes."""
    marts, at = current_marts(_settings(home)), datetime(2016, 10, 1, tzinfo=UTC)
    assert marts is not None
    return timed(lambda: build_site(marts, home / "pages", generated_at=at, publication="1").bytes)


def step_csv(home: Path) -> Measured:
    """Write the published values and verdicts as CSV; the number of rows is that of their bytes."""
    marts = current_marts(_settings(home))
    assert marts is not None

    def work() -> int:
        with duckdb.connect(str(marts), read_only=True, config={"threads": 1}) as connection:
            files = [home / "pages.csv" / f"{table}.csv" for table in ("indicator_values", "assessments")]
            files[0].parent.mkdir(exist_ok=True)
            for path in files:
                connection.execute(f"copy (from {path.stem} where value is not null) to {quoted(path)}")
            return sum(path.stat().st_size for path in files)

    return timed(work)


STEPS: dict[str, Callable[[Path], Measured]] = {"publish": step_publish, "site": step_site, "csv": step_csv}


def step(name: str, home: Path) -> Measured:
    """A step in a process of its own."""
    answer = child("benchmarks.publication", "--step", name, str(home)).splitlines()[-1]
    measured = Measured(**json.loads(answer))
    print(f"{name}: {measured.seconds:.1f} s, {measured.cpu:.1f} processor seconds", file=sys.stderr)
    return measured


def page_of_each_kind(site: Path) -> dict[str, Path]:
    """The largest page of each kind. SystemExit when there is none of one."""
    found = {kind: list(site.glob(files)) for kind, files in KINDS.items()}
    if missing := [kind for kind, pages in found.items() if not pages]:
        raise SystemExit(f"the site has no page of {', '.join(missing)}")
    return {kind: max(pages, key=lambda page: page.stat().st_size) for kind, pages in found.items()}


def load_seconds(site: Path) -> dict[str, float]:
    """Seconds from asking for a page to its charts and tables being drawn; median of loads in fresh profiles."""
    from playwright.sync_api import sync_playwright

    (site / "empty.html").write_text(EMPTY, encoding="utf-8")
    pages = {"empty": site / "empty.html"} | page_of_each_kind(site)
    taken: dict[str, list[float]] = {kind: [] for kind in pages}
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        raise SystemExit("pages are opened with Chromium, which is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for _ in range(LOADS):
            for kind, page in pages.items():
                opened = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
                started = perf_counter()
                opened.goto(page.as_uri())
                if kind != "empty":
                    opened.locator(DRAWN).wait_for(state="attached")
                taken[kind].append(perf_counter() - started)
                opened.context.close()
        browser.close()
    return {kind: median(seconds) for kind, seconds in taken.items()}


def extent(home: Path) -> str:
    """What the publication covers."""
    with duckdb.connect(str(current_marts(_settings(home))), read_only=True) as connection:
        areas = dict(connection.execute("select area_level, count(*) from dim_area group by all").fetchall())
        row = connection.execute(
            """select count(*), count(value), count(distinct indicator), count(distinct date_trunc('month', period_end))
            from indicator_values"""
        ).fetchone()
    assert row is not None
    counted = ", ".join(f"{areas.get(level, 0):,} {level}" for level in ("county", "township", "village"))
    return (
        f"Areas: {counted}; {row[2]} indicators, {row[3]} months, {row[0]:,} rows of values, {row[1]:,} with a value."
    )


def report(home: Path, published: list[Measured], site: Measured, csv: Measured, loads: dict[str, float]) -> str:
    """What was measured, where and how."""
    first, again = published
    pages = len(list((home / "pages").glob("*.html"))) - 1
    lines = [f"| {kind} | {seconds:.2f} | {seconds / loads['empty']:.1f} |" for kind, seconds in loads.items()]
    rows = "\n".join(lines)
    return f"""# A city's publication and its pages

{date.today():%Y-%m-%d}, `python -m benchmarks.publication`, one run; load of the machine at the end {os.getloadavg()[0]:.1f}.
{platform.system()} {platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()}, duckdb {version("duckdb")}.
{extent(home)}

| step | seconds | processor seconds | peak MB |
|---|---:|---:|---:|
| publish, the first time | {first.seconds:.1f} | {first.cpu:.1f} | {first.peak_mb:.0f} |
| of it protecting the copy | {first.once:.1f} | {first.once_cpu:.1f} | |
| publish, nothing changed | {again.seconds:.1f} | {again.cpu:.1f} | {again.peak_mb:.0f} |
| of it protecting the copy | {again.once:.1f} | {again.once_cpu:.1f} | |
| **pages** (goal {GOAL_SECONDS} s) | {site.seconds:.1f} | {site.cpu:.1f} | {site.peak_mb:.0f} |
| the same figures as CSV | {csv.seconds:.1f} | {csv.cpu:.1f} | {csv.peak_mb:.0f} |

{pages:,} pages, **{site.rows / 1e6:.1f} MB** (goal {GOAL_MB} MB; CSV: {csv.rows / 1e6:,.0f} MB) in {site.cpu / csv.cpu:.1f} times
the processor seconds of the CSV files.

Opened from the folder until drawn, median of {LOADS} loads (goal: the first page in {GOAL_PAGE} s):

| page | seconds | times the empty one |
|---|---:|---:|
{rows}
"""


def build(home: Path) -> None:
    """Build the models, unless they are."""
    with duckdb.connect(str(_settings(home).warehouse)) as connection:
        is_built = connection.execute("from duckdb_tables() where schema_name = 'published'").fetchone() is not None
    if not is_built:
        run_dbt(_settings(home), ["seed"])
        child("benchmarks.increments", "--build", str(home), "everything")


def measure(home: Path) -> str:
    """Every step on the copy at hand; the report."""
    build(home)
    published = [step("publish", home), step("publish", home)]
    site, csv = step("site", home), step("csv", home)
    return report(home, published, site, csv, load_seconds(home / "pages"))


def main() -> None:
    """Measure on a scratch copy, print and write the report, leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publication", description=__doc__)
    parser.add_argument("--home", type=Path, help="a home made by benchmarks.city")
    parser.add_argument("--scratch", type=Path, help="where the copy goes meanwhile (default: the temp folder)")
    parser.add_argument("--step", nargs=2, metavar=("STEP", "HOME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        name, home = options.step
        print(json.dumps(asdict(STEPS[name](Path(home)))))
        return
    if not options.home:
        parser.error("name a home: --home")
    with tempfile.TemporaryDirectory(prefix="renkou-bench-", dir=options.scratch) as scratch:
        shutil.copytree(options.home, Path(scratch) / "home", ignore=shutil.ignore_patterns("published"))
        text = measure(Path(scratch) / "home")
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
