"""What protection costs and what it leaves open, measured on a built warehouse.

    python -m benchmarks.protection --home <home> > benchmarks/results/protection.md

Accuracy: published figures against the exact ones, by level. The audit: small counts that an attacker pins behind primary
protection alone, and what secondary protection would have to take away until none is.
"""

import argparse
import time
from pathlib import Path

import duckdb
import numpy as np

from orchestration.publish.attack import audit
from orchestration.publish.audit import EVER
from orchestration.publish.linked import Published, read_published
from orchestration.publish.secondary import choose
from orchestration.settings import Settings
from orchestration.variables import variables

LEVELS = ("city", "county", "township", "village")
COUNTS = """
select p.area_level, count(*) as cells, avg((p.value is distinct from m.value)::int) as changed,
    avg((p.value is null)::int) as withheld, avg(abs(p.value - m.value) / m.value) filter (m.value > 0) as error
from published.measures as p inner join marts.measures as m using (area_code, month, clock, measure, stratum)
group by all
"""
VALUES = """
select v.area_level, count(*) as cells, avg((p.value is distinct from v.value)::int) as changed,
    avg((p.value is null)::int) as withheld, avg(abs(p.value - v.value) / abs(v.value)) filter (v.value <> 0) as error
from intermediate.int_indicator_values as v
inner join published.indicator_values as p using (area_code, indicator, "window", period_end, clock)
where v.value is not null group by all
"""


def accuracy(connection: duckdb.DuckDBPyConnection, title: str, query: str) -> list[str]:
    """A table: share of the figures changed, share withheld, mean relative error of those shown."""
    found = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    lines = [
        f"| {title} | figures | changed | withheld | mean relative error of those shown |",
        "|---|---:|---:|---:|---:|",
    ]
    for level in LEVELS:
        if level in found:
            cells, changed, withheld, error = found[level]
            shown = "" if error is None else f"{error:.1%}"
            lines.append(f"| {level} | {cells:,} | {changed:.1%} | {withheld:.1%} | {shown} |")
    return [*lines, ""]


def pinned(cells: Published) -> list[str]:
    """A table: small counts published and those that the attack pins, by level."""
    started = time.perf_counter()
    verdict = audit(cells.linked)
    seconds = time.perf_counter() - started
    levels = np.asarray([name[1] for name in cells.names])
    small, found = cells.linked.small[: len(levels)], np.isin(np.arange(len(levels)), verdict.pinned)
    lines = ["| primary protection alone | small counts | pinned | share |", "|---|---:|---:|---:|"]
    for level in LEVELS[1:]:
        of, hit = int((small & (levels == level)).sum()), int((found & (levels == level)).sum())
        lines.append(f"| {level} | {of:,} | {hit:,} | {hit / max(of, 1):.0%} |")
    told = f"{len(cells.linked.truth):,} counts in {cells.linked.relations.shape[0]:,} relations"
    return [*lines, "", f"{told}; {verdict.programmes:,} programmes, {seconds:.0f} s.", ""]


def taken(cells: Published, least: int) -> list[str]:
    """A table: what secondary protection takes away, by level."""
    started = time.perf_counter()
    choice = choose(cells, least)
    seconds = time.perf_counter() - started
    levels, truth = np.asarray([name[1] for name in cells.names]), cells.linked.truth[: len(cells.names)]
    head = (
        "| with secondary protection | noughts shown as `0-7` | small counts shown as `0-7` | larger counts withheld |"
    )
    lines = [head, "|---|---:|---:|---:|"]
    for level in LEVELS:
        at = levels == level
        parts = (
            (choice.is_range, truth == 0), (choice.is_range, (truth > 0) & (truth <= least)), (choice.is_withheld, truth > least)
        )  # fmt: skip
        shares = [f"{(hit & of & at).sum() / max((of & at).sum(), 1):.0%}" for hit, of in parts]
        lines.append(f"| {level} | {' | '.join(shares)} |")
    return [*lines, "", f"Chosen in {seconds:.0f} s."]


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--without-secondary", action="store_true", help="the choice takes minutes beyond small cities")
    given = parser.parse_args()
    settings = Settings(home=given.home)
    least = variables(settings.dbt_project)["min_count"]
    with duckdb.connect(str(settings.warehouse)) as connection:
        row = connection.execute("select count(*), max(month) from marts.measures where area_level = 'city'").fetchone()
        areas = connection.execute("select count(distinct area_code) from marts.measures").fetchone()
        persons = connection.execute(
            "select max(value) from marts.measures where measure = 'population' and area_level = 'city'"
        ).fetchone()
        assert row and areas and persons
        print(
            f"# Protection, measured\n\n{persons[0]:,.0f} persons on the register, {areas[0]} areas, to {row[1]:%Y-%m}.\n"
        )
        lines = accuracy(connection, "counts of months", COUNTS) + accuracy(connection, "indicators", VALUES)
        cells = read_published(connection, EVER, small=least)
    print("\n".join(lines + pinned(cells) + ([] if given.without_secondary else taken(cells, least))))


if __name__ == "__main__":
    main()
