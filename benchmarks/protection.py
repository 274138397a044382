"""What protection costs, measured on a copy of a built warehouse whose tables are published for the first time.

    python -m benchmarks.protection --home <home> > benchmarks/results/protection.md

The audit: small counts shown, and those that the attack does not prove safe behind scope, rounding and ranges. What is withheld
for them with their families. Accuracy: figures as they are published then against the exact ones, by level.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from orchestration.publish.attack import audit
from orchestration.publish.audit import limits_of
from orchestration.publish.linked import Limits, read_published
from orchestration.publish.withhold import protect
from orchestration.settings import Settings
from orchestration.warehouse import PROTECTION

LEVELS = ("city", "county", "township", "village")
SHOWN = "copied"
VALUES = f"""
select v.area_level, count(*) as figures,
    count(*) filter (p.numerator_shown is null and p.denominator_shown is null) as unpublished,
    count(*) filter (p.value is null) as withheld,
    count(*) filter (p.value is distinct from v.value and p.value is not null) as changed,
    avg(abs(p.value - v.value) / abs(v.value)) filter (v.value <> 0) as error
from intermediate.int_indicator_values as v
inner join {SHOWN}.indicator_values as p using (area_code, indicator, "window", period_end, clock)
where v.value is not null group by all
"""


def accuracy(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A table: shares of the values that are not shown and that are changed, and the mean relative error of those shown."""
    found = {row[0]: row[1:] for row in connection.execute(VALUES).fetchall()}
    lines = [
        "| values | there are | not shown | counts without a value | changed | mean relative error of those shown |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for level in LEVELS:
        figures, unpublished, withheld, changed, error = found[level]
        shares = [f"{count / figures:.1%}" for count in (unpublished, withheld - unpublished, changed)]
        shown = "" if error is None else f"{error:.1%}"
        lines.append(f"| {level} | {figures:,} | {' | '.join(shares)} | {shown} |")
    return [*lines, ""]


def attacked(connection: duckdb.DuckDBPyConnection, limits: Limits) -> list[str]:
    """A table: small counts shown and those that are not proven safe, by level; what it took."""
    started = time.perf_counter()
    cells = read_published(connection, shown=SHOWN, limits=limits)
    read = time.perf_counter()
    verdict = audit(cells.linked, layers=cells.layers, towns=cells.towns)
    seconds = time.perf_counter() - read
    small, found = cells.linked.small[: len(cells.levels)], np.isin(np.arange(len(cells.levels)), verdict.pinned)
    lines = ["| before withholding | small counts | not proven safe | share |", "|---|---:|---:|---:|"]
    for level in LEVELS[1:]:
        of, hit = int((small & (cells.levels == level)).sum()), int((found & (cells.levels == level)).sum())
        lines.append(f"| {level} | {of:,} | {hit:,} | {hit / max(of, 1):.0%} |")
    told = f"{len(cells.linked.truth):,} counts in {cells.linked.relations.shape[0]:,} relations"
    return [
        *lines,
        "",
        f"{told}, read in {read - started:.0f} s; {verdict.programmes:,} programmes, {seconds:.0f} s.",
        "",
    ]


def withheld(connection: duckdb.DuckDBPyConnection, limits: Limits) -> list[str]:
    """Lines: cells withheld by level, and the seconds of the whole and of a publication in which nothing changed."""
    seconds = []
    for number in (1, 2):
        copy_tables(connection)
        started = time.perf_counter()
        done = protect(connection, limits, number, shown=SHOWN)
        seconds.append(time.perf_counter() - started)
        if number == 1:
            told = ", ".join(f"{count:,} of {level}" for level, count in done.withheld.items()) or "none"
    return [f"Withheld: {told}. {seconds[0]:.0f} s in all, {seconds[1]:.0f} s when nothing changed.", ""]


def copy_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The published tables as a publication copies them."""
    connection.execute(f"drop schema if exists {SHOWN} cascade; create schema {SHOWN}")
    tables = "select table_name from information_schema.tables where table_schema = 'published'"
    for (table,) in connection.execute(tables).fetchall():
        connection.execute(f'create table {SHOWN}."{table}" as from published."{table}"')


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    settings = Settings(home=parser.parse_args().home)
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copy(settings.warehouse, Path(folder) / settings.warehouse.name)
        with duckdb.connect(str(copied)) as connection:
            connection.execute("drop schema if exists protection cascade")  # nothing is remembered of publications
            connection.execute(PROTECTION)
            copy_tables(connection)
            row = connection.execute(
                "select count(distinct month), max(month), max(value) filter (measure = 'population' and area_level = 'city'), "
                "count(distinct area_code) from marts.measures"
            ).fetchone()
            assert row
            city = f"{row[2]:,.0f} persons on the register, {row[3]} areas, {row[0]} months to {row[1]:%Y-%m}"
            print(f"# Protection, measured\n\n{city}.\n")
            limits = limits_of(settings)
            print("\n".join(attacked(connection, limits) + withheld(connection, limits) + accuracy(connection)))


if __name__ == "__main__":
    main()
