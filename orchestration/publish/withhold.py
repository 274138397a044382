"""What is taken out of a publication's copy so that no small count in it can be worked out.

The audit attacks the copy, families of counts are chosen until nothing is open, and their cells are emptied wherever they
stand, with what was made of them: values, verdicts, funnels, estimates. Then the copy is read again as it will be published,
and every small count in it has to be among those that were proven safe. What was withheld once stays so; decision 0041.
"""

from collections import Counter
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.publish.attack import LEAST_WIDTH, TOLERANCE, audit, narrowed
from orchestration.publish.audit import EVER, Pinned
from orchestration.publish.linked import CELL, Limits, Published, read_published
from orchestration.publish.proofs import known_as_safe, remember
from orchestration.publish.secondary import Families, choose

# Column of a count -> the text that stands for it.
TEXT = "if(part = 'value', 'shown', part || '_shown')"
GONE = f"""
create or replace temp table gone as
    select distinct s.table_name, s.place, s.part from shown_cell as s inner join cell as c using ({CELL})
    inner join taken_cell as t on c.cell = t.cell where s.place is not null
"""
# Rows whose indicator's value went, on any clock.
VALUES_GONE = """
create or replace temp table value_gone as
    select v.area_code, v.indicator, v."window", v.period_end, v.clock from {shown}.indicator_values as v
    where v.rowid in (select place from gone where table_name = 'indicator_values')
"""
RATES = """
update {shown}.{table} set value = null, low = null, high = null, effective_size = null, status = 'suppressed'
where rowid in (select place from gone where table_name = '{table}')
    and status in ('ok', 'provisional', 'suppressed', 'empty_denominator')
"""
MADE_OF_THEM = (
    """update {shown}.assessments as a set value = null, low = null, high = null, verdict = 'not_assessed', reason = 'suppressed'
    where a.reason not in ('not_due', 'indicator_not_live') and exists (
        from value_gone as v where v.clock = 'report' and v.area_code = a.area_code and v.indicator = a.indicator
            and v."window" = a."window" and v.period_end = a.period_end)""",
    """update {shown}.indicator_funnels as f set denominator = null, value = null, parent_value = null, low_998 = null,
        low_95 = null, high_95 = null, high_998 = null, position = 'not_assessed'
    where exists (
        from {shown}.indicator_values as v where v.status = 'suppressed' and v.clock = 'report'
            and v.area_code in (f.area_code, f.parent_code) and v.indicator = f.indicator
            and v."window" = f."window" and v.period_end = f.period_end)""",
    """update {shown}.birth_estimates as b set births_unadjusted = null, births_listed = null, births_in_both = null,
        births_in_either = null, births_missed = null, births_adjusted = null, births_adjusted_chapman = null, low = null,
        high = null, completeness = null, crude_birth_rate_adjusted = null, natural_increase_rate_adjusted = null,
        status = 'suppressed'
    where b.status <> 'no_delivery' and exists (
        from value_gone as v where v.clock = 'event' and v.area_code = b.area_code and v."window" = b."window"
            and v.period_end = b.period_end)""",
)
RATE_TABLES = ("indicator_values", "indicator_values_constant_boundary")


@dataclass(frozen=True)
class Protected:
    """Small counts in the copy, those attacked now, programmes solved, and the shown cells that were withheld, by level."""

    small: int
    attacked: int
    programmes: int
    withheld: dict[str, int]


def protect(
    connection: duckdb.DuckDBPyConnection, limits: Limits, number: int, shown: str = "target.main"
) -> Protected:
    """Withhold in the tables of `shown` what the attack does not prove safe. Pinned when something still is open afterwards."""
    published = read_published(connection, EVER, shown=shown, limits=limits)
    families = Families(published, np.flatnonzero(np.isin(published.keys, _withheld_before(connection))))
    before = families.shown()
    every, is_known = known_as_safe(connection, published, before, withheld=families.cells())
    verdict = audit(before, every[~is_known], layers=published.layers)
    taken = choose(families, np.asarray(verdict.pinned, dtype=np.int64))
    _empty(connection, shown, np.flatnonzero(taken))
    safe = np.setdiff1d(every, verdict.pinned)
    safe = safe[~taken[safe]]
    _verify(connection, shown, limits, published.keys[safe])
    remember(connection, published, families.shown(), safe, taken)
    _note_withheld(connection, published.keys[taken], number)
    return Protected(len(every), int((~is_known).sum()), verdict.programmes, _by_level(published, taken))


def _withheld_before(connection: duckdb.DuckDBPyConnection) -> NDArray[np.uint64]:
    return np.asarray(connection.execute("select cell from protection.withheld").fetchnumpy()["cell"], np.uint64)


def _empty(connection: duckdb.DuckDBPyConnection, shown: str, cells: NDArray[np.int64]) -> None:
    """Empty the cells in every table, and what was made of them."""
    connection.register("taken_cell", pa.table({"cell": cells}))
    connection.execute(GONE)
    connection.unregister("taken_cell")
    for table, part, text in connection.execute(f"select distinct table_name, part, {TEXT} from gone").fetchall():
        kind = ", protection = 'suppressed'" if table == "measures" else ""
        connection.execute(
            f"""update {shown}.{table} set "{part}" = null, "{text}" = null{kind}
                where rowid in (select place from gone where table_name = ? and part = ?)""",
            [table, part],
        )
    connection.execute(VALUES_GONE.format(shown=shown))
    for table in RATE_TABLES:
        connection.execute(RATES.format(shown=shown, table=table))
    for statement in MADE_OF_THEM:
        connection.execute(statement.format(shown=shown))


def _verify(connection: duckdb.DuckDBPyConnection, shown: str, limits: Limits, safe: NDArray[np.uint64]) -> None:
    """Read the copy as it will be published: a small count in it was proven safe, and no single relation says otherwise."""
    final = read_published(connection, EVER, shown=shown, limits=limits)
    small = np.flatnonzero(final.linked.small)
    low, high = narrowed(final.linked)
    is_open = ~np.isin(final.keys[small], safe) | (high[small] - low[small] < LEAST_WIDTH - TOLERANCE)
    if is_open.any():
        where = final.describe(int(small[is_open][0]))
        raise Pinned(f"{int(is_open.sum())} small counts are shown that were not proven safe, such as {where}")


def _note_withheld(connection: duckdb.DuckDBPyConnection, keys: NDArray[np.uint64], number: int) -> None:
    connection.register("noted", pa.table({"cell": np.unique(keys)}))
    connection.execute("insert or ignore into protection.withheld select cell, ? from noted", [number])
    connection.unregister("noted")


def _by_level(published: Published, taken: NDArray[np.bool_]) -> dict[str, int]:
    cells = np.flatnonzero(taken & published.is_shown)
    return dict(sorted(Counter(published.levels[cells].tolist()).items()))
