"""A full rebuild of the measures layer beside pandas, polars and PostgreSQL: `python -m benchmarks.measures --home DIR`.

DIR is a home made by `benchmarks.city`; a copy of it is worked on. What is timed starts from the facts that stand and ends with
measures by area of four levels, month and clock, and the same by the seven windows. It is done for 40 of the 124 measures, from
the registers that weigh most and are most unlike: births (21 measures, one of them by age of the mother), deaths, both together,
fee cases and payments, the population (stocks; one by age) and contraception. In Renkou's copy the other registers are emptied,
so that its models do the same work; the facts of the others lie in Parquet (pandas, polars) or in tables (PostgreSQL) beforehand.
DuckDB also runs the SQL written for PostgreSQL: what of Renkou's time is its engine, and what the form of its models.
Every contender must end with the same number of cells and the same sum of every measure. Writes benchmarks/results/measures.md.
"""

import argparse
import json
import math
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

import duckdb

from benchmarks.landing import child
from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured
from benchmarks.rollups import CONTENDERS, FACTS, MEASURES, POSTGRES, parquet
from orchestration.settings import Settings
from orchestration.transform import run_dbt

RESULTS = Path(__file__).parent / "results" / "measures.md"
BASE = "renkou"
NAMES = {
    "renkou": "**Renkou: the two models, through dbt**",
    "renkou_models": "the models alone, as dbt times them",
    "duckdb": "DuckDB with PostgreSQL's SQL, wide as long as it can be",
    "pandas": "pandas, from Parquet to Parquet",
    "polars": "polars, from Parquet to Parquet",
    "postgres": "PostgreSQL 15, unlogged tables",
}
OURS = ("renkou", "duckdb")  # run by this interpreter
PEERS = ("pandas", "polars", "postgres")
DAYS = "area_code, event_month, reported_month"
DUMPED = {
    "births": f"select {DAYS}, sex, policy_status, parity, allowed_to, is_timely, mother_age_group from int_births__current",
    "deaths": f"select {DAYS} from int_deaths__current",
    "events": f"select {DAYS}, is_timely from int_births__current union all "
    f"select {DAYS}, registration_delay_days <= 30 from int_deaths__current",
    "fee_cases": f"select {DAYS}, amount_due::double as amount_due from int_fee_cases__current",
    "court_cases": "select area_code, court_applied_month as event_month, court_applied_reported_month as reported_month, "
    "court_enforced_date is not null as is_enforced from int_fee_cases__current",
    "births_with_case": f"select {DAYS} from int_fee_cases__of_births",
    "fee_payments": f"select {DAYS}, amount::double as amount, "
    "case when treasury_receipt is null then 0 else amount end::double as in_treasury from int_fee_payments__current",
    "population": "select * exclude (age_group) replace (register_rows::bigint as register_rows, "
    "register_duplicates::bigint as register_duplicates, register_persons::bigint as register_persons, "
    "population::bigint as population, women::bigint as women, married_women::bigint as married_women) "
    "from int_population__stock",
    "women": "select area_code, month, age_group, women::bigint as women from int_population__stock where age_group <> ''",
    "contraception": "select area_code, month, users_any::bigint as users_any, users_long_acting::bigint as users_long_acting, "
    "users_informed_choice::bigint as users_informed_choice from int_contraception_use__stock",
    "months": "select month from int_months",
    "members": 'select "window", period_end, month, opening_month, is_closing from int_window_months',
    "covered": "select area_code, month as opening_month, is_covered from int_availability "
    "where register = 'population' and is_covered = 1",
}
KEPT = (
    "int_births__current", "int_deaths__current", "int_fee_cases__current", "int_fee_payments__current",
    "int_fee_cases__of_births", "int_population__stock", "int_contraception_use__stock", "int_months", "int_window_months",
    "int_availability", "int_areas",
)  # fmt: skip
WINDOW_MODEL = "+int_window_totals"


def prepare(home: Path, folder: Path) -> None:
    """Build the facts in a copy of the home, dump them, and empty all other registers."""
    settings = Settings(home=folder / "home", threads=THREADS, memory_limit=MEMORY_LIMIT)
    settings.root.mkdir()
    shutil.copy(Settings(home=home).warehouse, settings.warehouse)
    for command in (["seed"], ["run", "--select", WINDOW_MODEL]):
        failed = [result.node.name for result in run_dbt(settings, command) if result.status != "success"]
        if failed:
            raise SystemExit(f"dbt could not build {', '.join(failed)}")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("use intermediate")
        for name, query in DUMPED.items():
            connection.execute(f"copy ({query}) to '{parquet(folder, name)}'")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('intermediate', 'raw')"
        ).fetchall()
        for schema, table in tables:
            if table not in KEPT and (schema, table) != ("raw", "areas"):
                connection.execute(f"truncate {schema}.{table}")
        connection.execute("checkpoint")


def measure(folder: Path, runs: int, peers: list[str], python: str) -> dict[str, list[Measured]]:
    """Every contender `runs` times, in turns; SystemExit when one's result is not the others'."""
    taken: dict[str, list[Measured]] = {name: [] for name in CONTENDERS if name in (*OURS, *peers)}
    for number in range(runs):
        for name, measured in taken.items():
            interpreter = sys.executable if name in OURS else python
            answer = child("benchmarks.rollups", name, str(folder), python=interpreter).splitlines()[-1]
            measured.append(Measured(**json.loads(answer)))
            compare(folder, name)
            print(
                f"run {number + 1}: {name}: {measured[-1].seconds:.1f} s, {measured[-1].peak_mb:.0f} MB",
                file=sys.stderr,
            )
    taken["renkou_models"] = [Measured(m.once, 0.0, m.peak_mb, m.rows) for m in taken[BASE]]
    return taken


def compare(folder: Path, name: str) -> None:
    """SystemExit when a contender's cells or sums are not Renkou's."""
    base, other = (json.loads((folder / f"{who}.json").read_text()) for who in (BASE, name))
    if set(base) != {f"{result} {measure}" for result in ("rolled_up", "windows") for measure in MEASURES}:
        raise SystemExit("Renkou did not count every measure: does the city have so many months?")
    wrong = [
        key
        for key in sorted(base.keys() | other.keys())
        if base.get(key, [None])[0] != other.get(key, [None])[0]
        or not math.isclose(base[key][1], other[key][1], rel_tol=1e-9, abs_tol=0.01)
    ]
    if wrong:
        raise SystemExit(f"{name} counts otherwise than Renkou: {[(k, base.get(k), other.get(k)) for k in wrong[:5]]}")


def table(taken: dict[str, list[Measured]]) -> str:
    """Medians as a markdown table; the ratio is the median of the ratios run by run."""
    lines = [
        "| contender | seconds | processor seconds | peak MB | times Renkou |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, label in NAMES.items():
        runs = taken.get(name)
        if not runs:
            lines.append(f"| {label} | not measured | | | |")
            continue
        ratio = median(m.seconds / base.seconds for m, base in zip(runs, taken[BASE], strict=True))
        cpu = median(m.cpu for m in runs)
        lines.append(
            f"| {label} | {median(m.seconds for m in runs):.1f} | {f'{cpu:.1f}' if cpu else ''} "
            f"| {max(m.peak_mb for m in runs):.0f} | {ratio:.2f} |"
        )
    return "\n".join(lines)


def report(folder: Path, runs: int, taken: dict[str, list[Measured]], packages: str) -> str:
    """What was measured, where and how, and the table."""
    with duckdb.connect() as connection:

        def count(name: str, what: str = "count(*)") -> int:
            row = connection.execute(f"select {what} from '{parquet(folder, name)}'").fetchone()
            assert row is not None
            return int(row[0])

        facts = sum(count(name) for name in sorted({fact.file for fact in FACTS}))
        months, areas = count("months"), count("covered", "count(distinct area_code)")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"""# The measures layer rebuilt

{date.today():%Y-%m-%d}, `python -m benchmarks.measures --runs {runs}`, medians of {runs} run(s), all in turns.
{len(MEASURES)} measures, {areas:,} areas, {months} months: from {facts:,} rows of facts to {taken[BASE][0].rows:,} cells;
every contender's cells and sums are the same.
{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; Python {platform.python_version()}, {packages}.
DuckDB and the other engines have {THREADS} threads, DuckDB {MEMORY_LIMIT} of memory.

{table(taken)}

PostgreSQL's memory is that of all its server's processes, shared buffers once.
"""


def installed(python: str, peers: list[str]) -> str:
    """Versions of the packages that took part."""
    code = f"from importlib.metadata import version; print(*(f'{{n}} {{version(n)}}' for n in {peers!r}), sep=', ')"
    others = subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return f"duckdb {version('duckdb')}, dbt-core {version('dbt-core')}, {others}"


def main() -> None:
    """Prepare the facts in a scratch folder, measure, print and write the table, leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measures", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home made by benchmarks.city (only read)")
    parser.add_argument("--runs", type=int, default=3, help="times that each contender runs (default %(default)s)")
    parser.add_argument(
        "--scratch", type=Path, help="where the copy goes meanwhile (default: the system's temp folder)"
    )
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=["pandas"], help="other engines (default: pandas)")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the peers' packages")
    options = parser.parse_args()
    if "postgres" in options.peers and POSTGRES not in os.environ:
        raise SystemExit(f"{POSTGRES} holds the connection string of an empty PostgreSQL database")
    with tempfile.TemporaryDirectory(prefix="renkou-bench-", dir=options.scratch) as scratch:
        folder = Path(scratch)
        prepare(options.home, folder)
        taken = measure(folder, options.runs, options.peers, options.python)
        packages = installed(options.python, ["psycopg" if p == "postgres" else p for p in options.peers])
        text = report(folder, options.runs, taken, packages)
    RESULTS.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
