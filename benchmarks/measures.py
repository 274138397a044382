"""A full rebuild of the measures layer beside pandas, polars and PostgreSQL: `python -m benchmarks.measures --home DIR`.

DIR is a home made by `benchmarks.city`; a copy of it is worked on. What is timed starts from the facts that stand and ends with
measures by area of four levels, month and clock, and with the parts of the indicators (numerator, what is taken off it,
denominator) by the seven windows. It is done for 40 measures, from the registers that weigh most and are most unlike: births (21
measures, one of them by age of the mother), deaths, both together, fee cases and payments, the population (stocks; one by age)
and contraception; and for every indicator of the catalogue that needs no other measure. In Renkou's copy the other registers are
emptied and the other indicators taken out of the catalogue, so that its models do the same work; the facts of the others lie in
Parquet (pandas, polars) or in tables (PostgreSQL) beforehand. So does, for all, what says which months a window counts and which
values each county and the city can have.

Renkou writes more than the others: a row for every indicator, window, clock and area that was there, with noughts where nothing
was counted and nulls where no delivery speaks of it, with its factor, availability and kind of interval. The others are spared
all that: they write the parts alone, where anything was counted. Renkou's base counts also pass through a form that tells apart
when an event was first reported, which its other models read.

DuckDB also runs the SQL written for PostgreSQL: what of Renkou's time is its engine, and what the form of its models. Every
contender must end with the same number of cells and the same sum of every measure, and of every indicator with the same number of
rows in which anything was counted and the same sum of each part. Writes benchmarks/results/measures.md.
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

from benchmarks.facts import FACTS, MEASURES, PARTS, Indicators, indicators, parquet
from benchmarks.landing import child
from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured
from benchmarks.rollups import CONTENDERS, MODELS
from benchmarks.wide_sql import POSTGRES
from orchestration.settings import Settings
from orchestration.transform import run_dbt

RESULTS = Path(__file__).parent / "results" / "measures.md"
BASE = "renkou"
NAMES = {
    "renkou": "**Renkou: the three models, through dbt**",
    "renkou_models": "the models alone, as dbt times them",
    "duckdb": "DuckDB with PostgreSQL's SQL, wide as long as it can be",
    "pandas": "pandas, from Parquet to Parquet",
    "polars": "polars, from Parquet to Parquet",
    "postgres": "PostgreSQL 15, unlogged tables",
}
OURS = ("renkou", "duckdb")  # run by this interpreter
PEERS = ("pandas", "polars", "postgres")
DELIVERING = "coalesce(county_code, int_areas.area_code)"
DAYS = "area_code, event_month, reported_month"
DUMPED = {
    "births": f"select {DAYS}, sex, policy_status, parity, allowed_to, is_timely, mother_age_group from int_births__current",
    "deaths": f"select {DAYS} from int_deaths__current",
    "events": f"select {DAYS}, is_timely from int_births__current union all "
    f"select {DAYS}, registration_delay_days <= 30 from int_deaths__current",
    "fee_cases": f"select {DAYS}, case when decision_date is null then 0 else amount_due end::double as amount_due "
    "from int_fee_cases__current",
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
    "openings": "select int_areas.area_code, month as opening_month from int_areas inner join int_availability as known "
    f"on {DELIVERING} = known.area_code and valid_from <= last_day(month) "
    "where is_covered = 1 and register in (select register from int_indicators__months where opening_month is not null)",
    "areas": f"select area_code, {DELIVERING} as delivering_code, valid_from, "
    "coalesce(valid_to, date '2100-01-01') as valid_to from int_areas",
    "known": 'select delivering_code, indicator, "window", period_end, clock, stratum '
    "from int_indicator_frames inner join int_indicators__strata using (indicator) where availability in ('ok', 'provisional')",
} | {
    f"months_{rule}": f'select distinct "window", period_end, {months} from int_indicators__months '
    f"inner join reference.measures using (measure) where window_rule = '{rule}'"
    for rule, months in {"sum": "month", "last": "month", "mean_of_ends": "opening_month, month"}.items()
}
KEPT = (
    "int_births__current", "int_deaths__current", "int_fee_cases__current", "int_fee_payments__current",
    "int_fee_cases__of_births", "int_population__stock", "int_contraception_use__stock", "int_months", "int_window_months",
    "int_availability", "int_areas", "int_indicators__live", "int_indicators__months", "int_indicator_frames",
)  # fmt: skip
CATALOGUE = ("numerator", "numerator_less", "denominator", "effective")  # columns that name measures
INPUTS = ["--select", f"+{MODELS[-1]}", "--exclude", f"{MODELS[0]}+", "path:models/increment"]


def prepare(home: Path, folder: Path) -> None:
    """Build what the measures start from in a copy of the home, dump it, and empty all other registers."""
    settings = Settings(home=folder / "home", threads=THREADS, memory_limit=MEMORY_LIMIT)
    settings.root.mkdir()
    shutil.copy(Settings(home=home).warehouse, settings.warehouse)
    _built(settings, ["seed"])
    with duckdb.connect(str(settings.warehouse)) as connection:
        others = " or ".join(f"{column} not in {tuple(MEASURES)}" for column in CATALOGUE)
        connection.execute(f"delete from reference.indicators where {others}")  # null is no measure of others
    _built(settings, ["run", "--full-refresh", *INPUTS])
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("use intermediate")
        (folder / "indicators.json").write_text(json.dumps(_needed(connection)))
        for name, query in DUMPED.items():
            connection.execute(f"copy ({query}) to '{parquet(folder, name)}'")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('intermediate', 'raw')"
        ).fetchall()
        for schema, table in tables:
            if table not in KEPT and (schema, table) != ("raw", "areas"):
                connection.execute(f"truncate {schema}.{table}")
        connection.execute("checkpoint")


def _built(settings: Settings, command: list[str]) -> None:
    failed = [result.node.name for result in run_dbt(settings, command) if result.status != "success"]
    if failed:
        raise SystemExit(f"dbt could not build {', '.join(failed)}")


def _needed(connection: duckdb.DuckDBPyConnection) -> Indicators:
    """Measures of the indicators by part. SystemExit when a rule's end cuts a window: peers take the same months for all."""
    if connection.execute("select 1 from int_indicators__windows where is_cut or months_counted = 0").fetchone():
        raise SystemExit("an indicator ends within these months")
    found: Indicators = {}
    for indicator, part, measure in connection.execute(
        f"select distinct indicator, part, measure from int_indicators__needs where part in {PARTS} order by all"
    ).fetchall():
        found.setdefault(indicator, {})[part] = measure
    return found


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
    """SystemExit when a contender's rows or sums are not Renkou's."""
    base, other = (json.loads((folder / f"{who}.json").read_text()) for who in (BASE, name))
    expected = {f"rolled_up {measure}" for measure in MEASURES} | {f"parts {name}" for name in indicators(folder)}
    if {key for key, found in base.items() if found[0]} != expected:
        raise SystemExit("Renkou did not count every measure and indicator: does the city have so many months?")
    wrong = [key for key in sorted(base.keys() | other.keys()) if not _equal(base.get(key, []), other.get(key, []))]
    if wrong:
        raise SystemExit(f"{name} counts otherwise than Renkou: {[(k, base.get(k), other.get(k)) for k in wrong[:5]]}")


def _equal(base: list[float], other: list[float]) -> bool:
    """Whether the number of rows and all sums are the same; no number of rows is so large that 1e-9 of it is a row."""
    return len(base) == len(other) and all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=0.01) for a, b in zip(base, other, strict=True)
    )


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
        months, areas = count("months"), count("areas")
    found = json.loads((folder / f"{BASE}.json").read_text())
    cells, parts = (
        sum(rows for key, (rows, *_) in found.items() if key.startswith(result)) for result in ("rolled_up", "parts")
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"""# The measures layer rebuilt

{date.today():%Y-%m-%d}, `python -m benchmarks.measures --runs {runs}`, medians of {runs} run(s), all in turns.
{len(MEASURES)} measures, {len(indicators(folder))} indicators, {areas:,} areas, {months} months: from {facts:,} rows of facts to
{cells:,} cells of measures and {parts:,} parts of indicators in which anything was counted; every contender's cells, parts
and sums are the same. Renkou alone writes parts that are noughts or not known, too: {taken[BASE][0].rows - cells:,} in all.
{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; Python {platform.python_version()}, {packages}.
DuckDB and the other engines have {THREADS} threads, DuckDB {MEMORY_LIMIT} of memory.

{table(taken)}

PostgreSQL's memory is that of all its server's processes, shared buffers once; it runs without JIT and merge joins, which its
planner would choose and which are slower here.
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
