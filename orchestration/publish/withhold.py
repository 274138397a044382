"""What is taken out of a publication's copy so that no small count in it can be worked out.

The audit attacks the copy, families of counts are chosen until nothing is open, and their cells are emptied wherever they
stand, with what was made of them: values, verdicts, funnels, estimates, comparisons. Then the copy is read again as it will be
published, and every small count in it has to be among those that were proven safe. What was withheld once stays so: decision
0041.
"""

from collections import Counter
from dataclasses import dataclass, field

import duckdb
import numpy as np

from orchestration.publish.attack import LEAST_WIDTH, TOLERANCE, Mask, audit, narrowed
from orchestration.publish.audit import Pinned
from orchestration.publish.bundles import bundles
from orchestration.publish.linked import CELL, Limits, Published, read_published
from orchestration.publish.proofs import Memory
from orchestration.publish.secondary import Families, choose

# Column of a count -> the text that stands for it.
TEXT = "if(part = 'value', 'shown', part || '_shown')"
GONE = "create or replace temp table gone (table_name varchar, place bigint, part varchar)"
GOES = f"""
insert into gone select distinct s.table_name, s.place, s.part from shown_cell as s inner join cell as c using ({CELL})
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
    """update {shown}.reported_figures_compared as r set comparison = 'cannot_be_checked', reason = 'suppressed'
    where r.comparison <> 'cannot_be_checked' and exists (
        from value_gone as v where v.clock = 'report' and v.area_code = r.area_code and v.indicator = r.indicator
            and v."window" = r."window" and v.period_end = r.period_to)""",
    # an attested item that rests on such a verdict, or on policy years with one; what a visit alone decided stands
    """update {shown}.attestations as t set years_met = null, indicators_judged = null, indicators_missed = null,
        verdict = if(t.reason in ('failed', 'not_visited'), t.verdict, 'not_assessed'),
        reason = if(t.reason in ('failed', 'not_visited'), t.reason, 'suppressed')
    where exists (
        from value_gone as v
        inner join {shown}.assessments as a using (area_code, indicator, "window", period_end)
        inner join {shown}.attested_items as i on i.item = t.item and i.level = t.area_level
        left join {shown}.attested_item_indicators as c on c.item = t.item and c.indicator = v.indicator
        where v.clock = 'report' and a.reason = 'suppressed' and v.area_code = t.area_code and v.period_end <= t.period_end
            and (c.item is not null and v.period_end > t.period_end - interval 1 year
                or i.needs_three_years and month(v.period_end) = 9 and v.period_end > t.period_end - interval 3 year))""",
)
RATE_TABLES = ("indicator_values", "indicator_values_constant_boundary")


@dataclass
class Protected:
    """Small counts in the copy, those attacked now, programmes solved, and the shown cells that were withheld, by level."""

    small: int = 0
    attacked: int = 0
    programmes: int = 0
    withheld: Counter[str] = field(default_factory=Counter)

    def add(self, published: Published, attacked: int, programmes: int, taken: Mask) -> None:
        """Count what was done with another bundle."""
        self.small += int(published.linked.small.sum())
        self.attacked += attacked
        self.programmes += programmes
        self.withheld.update(published.levels[np.flatnonzero(taken & published.is_shown)].tolist())


def protect(
    connection: duckdb.DuckDBPyConnection, limits: Limits, number: int, shown: str = "target.main"
) -> Protected:
    """Withhold in the tables of `shown` what the attack does not prove safe. Pinned when something still is open afterwards."""
    together, memory, done = bundles(connection), Memory(connection), Protected()
    connection.execute(GONE)
    for measures in together:
        published = read_published(connection, measures, shown=shown, limits=limits)
        _withhold(connection, published, memory, done)
        connection.execute(GOES)
    _empty(connection, shown)
    for measures in together:
        _verify(read_published(connection, measures, shown=shown, limits=limits), memory)
    memory.keep(number)
    return done


def _withhold(connection: duckdb.DuckDBPyConnection, published: Published, memory: Memory, done: Protected) -> None:
    """Choose what goes of the cells at hand, as the table `taken_cell`."""
    families = Families(published, np.flatnonzero(np.isin(published.keys, memory.withheld_before)))
    every, is_known = memory.known_as_safe(published, families.shown(), families.cells())
    verdict = audit(families.shown(), every[~is_known], layers=published.layers, towns=published.towns)
    taken = choose(families, np.asarray(verdict.pinned, dtype=np.int64))
    safe = np.setdiff1d(every, verdict.pinned)
    memory.note(published, families.shown(), safe[~taken[safe]], taken)
    connection.execute(
        "create or replace temp table taken_cell as select unnest(?::bigint[]) as cell", [np.flatnonzero(taken)]
    )
    done.add(published, int((~is_known).sum()), verdict.programmes, taken)


def _empty(connection: duckdb.DuckDBPyConnection, shown: str) -> None:
    """Empty the cells of `gone` in every table, and what was made of them."""
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


def _verify(final: Published, memory: Memory) -> None:
    """The copy as it will be published: a small count in it was proven safe, and no single relation says otherwise."""
    small = np.flatnonzero(final.linked.small)
    low, high = narrowed(final.linked)
    is_open = ~memory.are_safe(final.keys[small]) | (high[small] - low[small] < LEAST_WIDTH - TOLERANCE)
    if is_open.any():
        where = final.describe(int(small[is_open][0]))
        raise Pinned(f"{int(is_open.sum())} small counts are shown that were not proven safe, such as {where}")
