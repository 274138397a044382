"""Everything that is published about counts, as cells and the relations between them, for the attack on it.

A cell is a count as an attacker can name it: what is counted, where, on which clock, over which months. The same cell may
stand in several tables (births of a quarter are the numerator of one indicator and the denominator of another): it is one cell,
and every table that shows it narrows it. Which measures add up is data (seed `measure_relations`); which areas and months do is
read from the tables that windows and roll-ups themselves are made by. A relation that the exact counts do not fulfil somewhere
(a record without a sex) is no relation there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from orchestration.errors import RenkouError
from orchestration.publish.attack import Linked, Mask, Places, in_common

# kind       count, mean (of the ends of a window), distinct, difference, or the column of a table that stands alone
# stratum    an age group, or '*' for the sum of all
CELL = "kind, area_code, measure, stratum, clock, first_month, last_month"

COUNTS = "unit not in ('yuan', 'weight', 'weight²')"  # measures that are counts, of the seed `measures`
AUDITED = """
create or replace temp table audited_measure as
    select measure, kind, window_rule, strata, clocked, unit in ({open}) as is_open from {exact}.reference.measures
    where {counts} and (measure in $measures or len($measures) = 0)
"""
LIMITS = """
create or replace temp macro least_shown(shown, value, half, truth) as case
    when value is null and contains(shown, '-') then least(truth, split_part(shown, '-', 1)::double)
    when value is null then 0
    when abs(truth - value) <= half then if(value = 0, 0, value - half) else greatest(value - half - {hold}, 0) end;
create or replace temp macro most_shown(shown, value, half, truth) as case
    when value is null and contains(shown, '-') then split_part(shown, '-', 2)::double + if(truth > {small}, {hold}, 0)
    when value is null then 'infinity'::double
    when abs(truth - value) <= half then if(value = 0, 0, value + half) else value + half + {hold} end;
create or replace temp macro half(truth, is_exact) as case
    when is_exact then 0 when truth = round(truth) then {half} else {half} + 0.5 end;
"""

# Each source: one row per cell that a table shows, with its exact value and the limits that the table gives it; `place` is the
# row of the table, `part` its column. A held figure was within half a base of the truth once, and `hold` may have come since.
# Months that are shown nowhere link the windows that are, so they stand here, too.
MEASURES = """
select 'count' as kind, m.area_code, m.measure, m.stratum, if(a.clocked, m.clock, '') as clock, m.month as first_month,
    m.month as last_month, if(p.measure is null, 'hidden', 'measures') as table_name, p.rowid as place, 'value' as part,
    concat_ws('|', p.value, p.shown) as figure,
    m.value as truth,
    least_shown(p.shown, p.value, half(m.value, m.area_level = 'city' or a.is_open), m.value) as low,
    most_shown(p.shown, p.value, half(m.value, m.area_level = 'city' or a.is_open), m.value) as high
from {exact}.marts.measures as m
inner join audited_measure as a using (measure)
left join {shown}.measures as p using (area_code, month, clock, measure, stratum)
"""
PARTS = """
select case
        when '{series}' <> '' then '{series}'
        when n.less is not null then 'difference' when n.window_rule = 'mean_of_ends' then 'mean'
        when n.window_rule = 'distinct' then 'distinct' else 'count' end as kind,
    v.area_code, n.measure || coalesce('-' || n.less, '') as measure, if(n.strata is null, '', '*') as stratum,
    if(n.clocked, v.clock, '') as clock,
    if(n.kind = 'stock' and n.window_rule <> 'mean_of_ends', n.last_counted, n.first_counted) as first_month,
    n.last_counted as last_month, '{table}' as table_name, p.rowid as place, '{column}' as part,
    concat_ws('|', p.{column}, p.{column}_shown) as figure, v.{column} as truth,
    if(n.less is null, least_shown(p.{column}_shown, p.{column}, n.terms * half(v.{column}, v.is_exact), v.{column}),
        coalesce(p.{column} - n.terms * half(v.{column}, v.is_exact) - {hold}, '-infinity'::double)) as low,
    if(n.less is null, most_shown(p.{column}_shown, p.{column}, n.terms * half(v.{column}, v.is_exact), v.{column}),
        coalesce(p.{column} + n.terms * half(v.{column}, v.is_exact) + {hold}, 'infinity'::double)) as high
from (select v.*, v.area_level = 'city' or l.is_of_persons = 0 as is_exact
    from {exact_table} as v inner join {exact}.intermediate.int_indicators__live as l using (indicator)) as v
inner join {shown}.{table} as p using (area_code, indicator, "window", period_end, clock)
inner join (
    select n.*, a.strata, a.clocked, i.less, if(a.strata is null, 1, 8) * if(i.less is null, 1, 2) as terms
    from {exact}.intermediate.int_indicators__needs as n inner join audited_measure as a using (measure)
    inner join (
        select indicator, if('{part}' = 'plus', numerator_less, null) as less from {exact}.intermediate.int_indicators__live
    ) as i using (indicator)
    where n.part = '{part}' {rules}
) as n using (indicator, "window", period_end)
where v.{column} is not null and (p.{column} is not null or p.{column}_shown is not null)
"""
SPANS = """(select distinct "window", period_end, opening_month + interval 1 month as first_month, month as last_month
    from {exact}.intermediate.int_window_months where is_closing)"""
BRIDGE = """
select '{column}' as kind, p.area_code, p.measure, '' as stratum, '{clock}' as clock, w.first_month::date, w.last_month,
    'clock_bridge' as table_name, p.rowid as place, '{column}' as part,
    concat_ws('|', p.{column}, p.{column}_shown) as figure, m.{column} as truth,
    least_shown(p.{column}_shown, p.{column}, half(m.{column}, p.area_level = 'city'), m.{column}) as low,
    most_shown(p.{column}_shown, p.{column}, half(m.{column}, p.area_level = 'city'), m.{column}) as high
from {shown}.clock_bridge as p inner join {exact}.marts.clock_bridge as m using (area_code, measure, "window", period_end)
inner join audited_measure as a using (measure) inner join {spans} as w using ("window", period_end)
"""

CELLS = """
create or replace temp table cell as
    with merged as (
        select {cell}, coalesce(min(table_name) filter (table_name <> 'hidden'), 'hidden') as table_name,
            any_value(truth) as truth, max(low) as low, min(high) as high, bool_and(table_name = 'hidden') as is_hidden,
            bit_xor(md5_number_lower(concat_ws('|', table_name, part, figure))) as figures
        from shown_cell where truth is not null group by all having max(truth) - min(truth) < 1e-6
    )
    select row_number() over (order by {cell}) - 1 as cell,
        merged.* replace (least(low, truth) as low, greatest(high, truth) as high), areas.area_level, areas.parent_code,
        areas.area_level <> 'city' and truth > 0 and truth <= {small} and kind <> 'difference'
            and not coalesce(is_open, false) as is_few
    from merged
    inner join (select area_code, max(area_level) as area_level, max(parent_code) as parent_code
        from {exact}.intermediate.int_areas group by area_code) as areas using (area_code)
    left join (select measure, is_open from audited_measure) as measure using (measure)
"""

# Each relation: the cells in it and their weights. The whole has 1 and its parts -1; `rest` says whether they may leave a rest.
AREAS = """
select 'areas' as rule, hash(p.cell) as relation, unnest([p.cell]) as cell, 1.0 as weight, 'if_any' as rest from cell as p
where {is_base} and exists (from cell as c where {same} and c.parent_code = p.area_code)
union all
select 'areas', hash(p.cell), c.cell, -1.0, 'if_any' from cell as p inner join cell as c on c.parent_code = p.area_code and {same}
where p.kind not in ('constant')
"""
OF_MEASURES = """
with pairs as (select r.*, w.cell as whole_cell, w.area_code, w.clock, w.first_month from {exact}.reference.measure_relations as r
    inner join cell as w on w.measure = r.whole and w.kind = 'count' and w.stratum = '' and w.first_month = w.last_month)
select relation as rule, hash(relation, whole_cell) as relation, whole_cell as cell, 1.0 as weight,
    if(kind = 'subset', 'always', 'never') as rest from pairs group by all
union all
select p.relation, hash(p.relation, p.whole_cell), c.cell, -1.0, if(p.kind = 'subset', 'always', 'never') from pairs as p
inner join cell as c on c.kind = 'count' and c.measure = p.part and c.area_code = p.area_code and c.clock = p.clock
    and c.first_month = p.first_month and c.last_month = p.first_month and c.stratum <> '*'
"""
MONTHS = """
with wholes as (
    select *, split_part(measure, '-', 1) as plus, nullif(split_part(measure, '-', 2), '') as less from cell
    where (kind in ('count', 'event_value', 'report_value', 'difference') and (first_month < last_month or kind <> 'count'))
        or (kind = 'count' and stratum = '*')
),
terms as (
    select w.cell as whole, c.cell, if(c.measure = w.plus, -1.0, 1.0) as weight from wholes as w
    inner join cell as c on c.kind = 'count' and c.area_code = w.area_code and c.clock = w.clock
        and c.first_month = c.last_month and c.first_month between w.first_month and w.last_month
        and (c.measure = w.plus or c.measure = w.less) and c.stratum <> '*' and (c.stratum = '') = (w.stratum = '')
)
select 'months' as rule, hash('m', whole) as relation, whole as cell, 1.0 as weight, 'never' as rest from terms group by all
union all
select 'months', hash('m', whole), cell, weight, 'never' from terms
"""
ENDS = """
with terms as (
    select w.cell as whole, c.cell, c.first_month = w.last_month as is_last, count(*) over (partition by w.cell) as ends
    from cell as w inner join cell as c on c.kind = 'count' and c.area_code = w.area_code and c.clock = w.clock
        and c.measure = w.measure and c.first_month = c.last_month and c.stratum = w.stratum
        and c.first_month in (w.last_month, (w.first_month - interval 1 month)::date)
    where w.kind = 'mean' and w.stratum = ''
)
select 'ends' as rule, hash('e', whole) as relation, whole as cell, 1.0 as weight, 'never' as rest from terms group by all
union all
select 'ends', hash('e', whole), cell, -1.0 / ends, 'never' from terms
"""
CLOCKS = """
select 'clocks' as rule, hash('c', e.cell) as relation, t.cell, t.weight, 'never' as rest from cell as e
inner join (select *, case kind when 'event_value' then 1.0 when 'found_late' then 1.0 else -1.0 end as weight from cell
    where kind in ('event_value', 'reported_later', 'found_late', 'report_value')) as t
    on t.area_code = e.area_code and t.measure = e.measure and t.first_month = e.first_month and t.last_month = e.last_month
where e.kind = 'event_value'
"""
MOVED = """
select 'boundaries' as rule, hash('b', c.cell) as relation, c.cell, 1.0 as weight, 'never' as rest from cell as c
where c.kind = 'constant'
union all
select 'boundaries', hash('b', c.cell), o.cell, -b.coefficient, 'never' from cell as c
inner join (select area_code, part_code, coefficient::double as coefficient from {exact}.intermediate.int_area_boundaries
    union all select distinct area_code, area_code, 1.0 from {exact}.intermediate.int_area_boundaries) as b using (area_code)
inner join cell as o on o.kind = 'count' and o.area_code = b.part_code and o.measure = c.measure and o.clock = c.clock
    and (c.stratum = '*' or o.stratum = c.stratum)
    and o.first_month = o.last_month and o.first_month between c.first_month and c.last_month
where c.kind = 'constant'
"""
SPANS_MOVED, OCTOBER = (1, 3, 12), 10  # months that move together; the policy year begins in October
SAME = " and ".join(f"c.{c} = p.{c}" for c in ("kind", "measure", "stratum", "clock", "first_month", "last_month"))
IS_BASE = "p.kind not in ('constant') and (p.kind <> 'count' or p.first_month = p.last_month)"

TERMS = """
create or replace temp table term as
    with terms as ({relations}),
    left_over as (
        select relation, any_value(rest) as rest, any_value(rule) as rule, sum(weight * truth) as gap
        from terms inner join cell using (cell) group by relation
        having count(*) > 1 and (abs(gap) < 1e-6 or (any_value(rest) <> 'never' and gap > 0))
    ),
    rests as (
        select *, (select count(*) from cell) + row_number() over (order by relation) - 1 as cell from left_over
        where rest = 'always' or gap > 1e-6
    )
    select relation, terms.cell, terms.weight, 0.0 as gap from terms semi join left_over using (relation)
    union all select relation, cell, -1.0, gap from rests
"""


@dataclass(frozen=True)
class Limits:
    """The parameters of disclosure control, as the models have them."""

    small: int = 7
    base: int = 5
    hold: int = 10
    open_units: tuple[str, ...] = ()


class RelationUnknown(RenkouError):
    """The seed `measure_relations` names a measure that there is not."""


@dataclass(frozen=True)
class Published:
    """The linked cells, told apart by number. The first cells have names; those after them are rests, which nobody publishes.

    levels      level of each named cell's area
    keys        a number of 64 bits for each named cell, the same in every run
    figures     a number for what all tables together show of a cell
    groups      a number for the cells that an area's children share: the same count in each of them
    parents     the group that the parents' cell of the same count lies in; -1 at the top
    towns       the town of each count (a township with its villages) by number; -1 for counties, the city and rests between towns
    layers      masks of the counts of a month, a quarter, a policy year, with the windows around: what moves when those do
    hidden      small counts that no table shows
    is_shown    named cells that a table tells something of
    is_difference   named cells that are a difference of two counts
    """

    linked: Linked
    levels: NDArray[np.object_]
    keys: NDArray[np.uint64]
    figures: NDArray[np.uint64]
    groups: Places
    parents: Places
    towns: Places
    layers: list[Mask]
    hidden: Mask
    is_shown: Mask
    is_difference: Mask
    connection: duckdb.DuckDBPyConnection

    def describe(self, cell: int) -> str:
        """Where a cell stands, for a message: table, level of the area, what is counted, months; no area and no value."""
        row = self.connection.execute(
            "select table_name, area_level, kind, measure, stratum, clock, first_month, last_month from cell where cell = ?",
            [int(cell)],
        ).fetchone()
        assert row is not None
        table, level, kind, measure, stratum, clock, first, last = row
        of = f" ({stratum})" if stratum else ""
        return f"{table}: {level}, {measure}{of}, {kind} of {first:%Y-%m} to {last:%Y-%m}{clock and ', ' + clock}"


def read_published(
    connection: duckdb.DuckDBPyConnection, measures: Sequence[str] = (), *, exact: str = "", shown: str = "published",
    limits: Limits | None = None,
) -> Published:  # fmt: skip
    """Cells of these measures (of all, where none is named), with everything that links them. RelationUnknown for a bad seed.

    `exact` is the database of the marts, `shown` the schema (with its database) of the tables as they are published.
    """
    limits = limits or Limits()
    row = connection.execute("select current_database()").fetchone()
    names = {
        "exact": f'"{exact or (row[0] if row else "")}"', "shown": shown, "half": (limits.base - 1) / 2,
        "small": limits.small, "hold": limits.hold, "counts": COUNTS,
        "open": ", ".join(f"'{unit}'" for unit in limits.open_units) or "''",
    }  # fmt: skip
    connection.execute(AUDITED.format(**names), {"measures": list(measures)})
    connection.execute(LIMITS.format(**names))
    _check_relations(connection, names["exact"])
    text = " union all ".join(source.format(**names) for source in _sources(names))
    connection.execute(f"create or replace temp table shown_cell as {text}")
    connection.execute(CELLS.format(cell=CELL, **names))
    relations = [AREAS.format(same=SAME, is_base=IS_BASE), OF_MEASURES, MONTHS, ENDS, CLOCKS, MOVED]
    every = " union all ".join(f"select * from ({text.format(**names)})" for text in relations)
    connection.execute(TERMS.format(relations=every))
    return _fetch(connection)


def _sources(names: dict[str, Any]) -> list[str]:
    spans = SPANS.format(**names)
    bridge = [
        BRIDGE.replace("{column}", column).replace("{clock}", clock).replace("{spans}", spans)
        for column, clock in (("event_value", "event"), ("report_value", "report"), ("reported_later", ""), ("found_late", ""))
    ]  # fmt: skip
    parts = [
        PARTS.replace("{table}", table).replace("{exact_table}", f"{names['exact']}.{truth}").replace("{series}", series)
        .replace("{rules}", rules).replace("{column}", column).replace("{part}", part)
        for table, truth, series, rules in (
            ("indicator_values", "intermediate.int_indicator_values", "", ""),
            ("indicator_values_constant_boundary", "marts.indicator_values_constant_boundary", "constant",
             "and n.window_rule not in ('mean_of_ends', 'distinct')"),
        )
        for column, part in (("numerator", "plus"), ("denominator", "denominator"))
    ]  # fmt: skip
    return [MEASURES, *bridge, *parts]


def _check_relations(connection: duckdb.DuckDBPyConnection, exact: object) -> None:
    unknown = connection.execute(
        f"""select distinct unnest([whole, part]) as measure from {exact}.reference.measure_relations
        except select measure from {exact}.reference.measures order by 1"""
    ).fetchall()
    if unknown:
        raise RelationUnknown(
            f"measure_relations names measures that there are not: {', '.join(m for (m,) in unknown)}"
        )


def _fetch(connection: duckdb.DuckDBPyConnection) -> Published:
    same = "kind, measure, stratum, clock, first_month, last_month"
    cells = connection.execute(
        f"""with numbered as (
                select *, dense_rank() over (order by coalesce(parent_code, ''), {same}) - 1 as own_group,
                    coalesce(case area_level when 'township' then area_code when 'village' then parent_code end, '-1')::bigint
                        as town
                from cell
            )
            select c.truth, c.low, c.high, c.is_few, c.is_hidden, c.own_group, coalesce(p.own_group, -1) as parent_group,
                c.kind, c.area_level, c.figures, c.town, year(c.first_month) * 12 + month(c.first_month) as first,
                year(c.last_month) * 12 + month(c.last_month) as last,
                md5_number_lower(concat_ws('|', c.area_code, {", ".join(f"c.{name}" for name in same.split(", "))})) as key
            from numbered as c left join numbered as p on c.parent_code = p.area_code
                and {" and ".join(f"c.{name} = p.{name}" for name in same.split(", "))}
            order by c.cell"""
    ).fetchnumpy()
    rests = connection.execute(
        "select gap from term where cell >= (select count(*) from cell) order by cell"
    ).fetchnumpy()
    terms = connection.execute(
        "select dense_rank() over (order by relation) - 1 as place, cell, sum(weight) as weight from term "
        "group by relation, cell order by place, cell"  # HiGHS finds other corners in another order
    ).fetchnumpy()
    extra = len(rests["gap"])
    truth = np.concatenate([cells["truth"], rests["gap"]]).astype(float)
    low = np.concatenate([np.asarray(cells["low"], float), np.zeros(extra)])
    high = np.concatenate([np.asarray(cells["high"], float), np.full(extra, np.inf)])
    is_few, is_hidden = np.asarray(cells["is_few"], bool), np.asarray(cells["is_hidden"], bool)
    is_shown = ~is_hidden & np.isfinite(high[: len(is_hidden)])
    places = np.asarray(terms["place"], np.int64)
    shape = (int(places.max()) + 1 if len(places) else 0, len(truth))
    table = sparse.csr_matrix(
        (np.asarray(terms["weight"], float), (places, np.asarray(terms["cell"], np.int64))), shape=shape
    )
    small = np.concatenate([is_few & is_shown, np.zeros(extra, bool)])
    hidden = np.concatenate([is_few & ~is_shown, np.zeros(extra, bool)])
    return Published(
        Linked(truth, low, high, small, table), np.asarray(cells["area_level"], object),
        np.asarray(cells["key"], np.uint64), np.asarray(cells["figures"], np.uint64),
        np.asarray(cells["own_group"], np.int64), np.asarray(cells["parent_group"], np.int64),
        _towns(np.asarray(cells["town"], np.int64), table), _layers(cells, extra), hidden, is_shown,
        np.asarray(cells["kind"]) == "difference", connection,
    )  # fmt: skip


def _towns(named: Places, table: sparse.csr_matrix) -> Places:
    """The towns of all counts, from those of the named ones: a rest lies where all of its relation does."""
    terms = table.tocoo()
    is_named = terms.col < len(named)
    of_relation = in_common(named[terms.col[is_named]], terms.row[is_named], table.shape[0])
    towns = np.concatenate([named, np.full(table.shape[1] - len(named), -1)])
    towns[terms.col[~is_named]] = of_relation[terms.row[~is_named]]
    return towns


def _layers(cells: dict[str, Any], extra: int) -> list[Mask]:
    """For each month, quarter and policy year its counts, the windows that hold some of it and all rests.

    A mean moves with either of its ends.
    """
    first, last = np.asarray(cells["first"], np.int64), np.asarray(cells["last"], np.int64)
    is_mean = np.asarray(cells["kind"]) == "mean"
    always = np.ones(extra, bool)
    layers = []
    for length in SPANS_MOVED:
        for start in np.unique(last - (last - OCTOBER) % length):
            end = start + length - 1
            ends = ((start <= last) & (last <= end)) | ((start < first) & (first - 1 <= end))
            within = (first <= end) & (start <= last)
            layers.append(np.concatenate([np.where(is_mean, ends, within), always]))
    return layers
