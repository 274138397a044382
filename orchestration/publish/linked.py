"""Everything that is published about counts, as cells and the relations between them, for the attack on it.

A cell is a count as an attacker can name it: what is counted, where, on which clock, over which months. The same cell may
stand in several tables (births of a quarter are the numerator of one indicator and the denominator of another): it is one cell,
and every table that shows it narrows it. Which measures add up is data (seed `measure_relations`); which areas and months do is
read from the tables that windows and roll-ups themselves are made by. A relation that the exact counts do not fulfil somewhere
(a record without a sex) is no relation there.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from scipy import sparse

from orchestration.errors import RenkouError
from orchestration.publish.attack import Linked, Mask, Places

# kind       count, mean (of the ends of a window), distinct, difference, or the column of a table that stands alone
# stratum    an age group, '*' for the sum of all, or the month of knowledge of a revision
CELL = "kind, area_code, measure, stratum, clock, first_month, last_month"

PREPARE = """
create or replace temp table audited_measure as
    select measure, kind, window_rule, strata, clocked from {exact}.reference.measures
    where unit not in ('yuan', 'weight', 'weight²');
create or replace temp macro least_shown(shown, value, half, truth) as case
    when contains(shown, '-') and value is null then least(truth, split_part(shown, '-', 1)::double)
    when value is null then 0 when value = 0 then 0 else value - half end;
create or replace temp macro most_shown(shown, value, half, truth) as case
    when contains(shown, '-') and value is null then split_part(shown, '-', 2)::double
    when value is null then 'infinity'::double when value = 0 then 0 else value + half end;
create or replace temp macro half(truth, is_exact) as case
    when is_exact then 0 when truth = round(truth) then {half} else {half} + 0.5 end;
"""

# Each source: one row per cell that a table shows, with its exact value and the limits that the table gives it.
MEASURES = """
select 'count' as kind, p.area_code, p.measure, p.stratum, if(a.clocked, p.clock, '') as clock, p.month as first_month,
    p.month as last_month, 'measures' as table_name, m.value as truth,
    least_shown(p.shown, p.value, half(m.value, p.area_level = 'city'), m.value) as low,
    most_shown(p.shown, p.value, half(m.value, p.area_level = 'city'), m.value) as high
from {shown}.measures as p
inner join {exact}.marts.measures as m using (area_code, month, clock, measure, stratum)
inner join audited_measure as a using (measure)
where p.month between $first and $last
"""
PARTS = """
select case
        when n.less is not null then 'difference' when n.window_rule = 'mean_of_ends' then 'mean'
        when n.window_rule = 'distinct' then 'distinct' else 'count' end as kind,
    v.area_code, n.measure || coalesce('-' || n.less, '') as measure, if(n.strata is null, '', '*') as stratum,
    if(n.clocked, v.clock, '') as clock,
    if(n.kind = 'stock' and n.window_rule <> 'mean_of_ends', n.last_counted, n.first_counted) as first_month,
    n.last_counted as last_month, '{table}' as table_name, v.{column} as truth,
    if(n.less is null, least_shown(p.{column}_shown, p.{column}, n.terms * half(v.{column}, v.area_level = 'city'), v.{column}),
        coalesce(p.{column} - n.terms * half(v.{column}, v.area_level = 'city'), '-infinity'::double)) as low,
    if(n.less is null, most_shown(p.{column}_shown, p.{column}, n.terms * half(v.{column}, v.area_level = 'city'), v.{column}),
        coalesce(p.{column} + n.terms * half(v.{column}, v.area_level = 'city'), 'infinity'::double)) as high
from {exact_table} as v
inner join {shown}.{table} as p using (area_code, indicator, "window", period_end, clock)
inner join (
    select n.*, a.strata, a.clocked, i.less, if(a.strata is null, 1, 8) * if(i.less is null, 1, 2) as terms
    from {exact}.intermediate.int_indicators__needs as n inner join audited_measure as a using (measure)
    inner join (
        select indicator, if('{part}' = 'plus', numerator_less, null) as less from {exact}.intermediate.int_indicators__live
    ) as i using (indicator)
    where n.part = '{part}'
) as n using (indicator, "window", period_end)
where v.{column} is not null and n.last_counted between $first and $last
"""
SPANS = """(select distinct "window", period_end, opening_month + interval 1 month as first_month, month as last_month
    from {exact}.intermediate.int_window_months where is_closing)"""
BRIDGE = """
select '{column}' as kind, p.area_code, p.measure, '' as stratum, '{clock}' as clock, w.first_month::date, w.last_month,
    'clock_bridge' as table_name, m.{column} as truth,
    least_shown(p.{column}_shown, p.{column}, half(m.{column}, p.area_level = 'city'), m.{column}) as low,
    most_shown(p.{column}_shown, p.{column}, half(m.{column}, p.area_level = 'city'), m.{column}) as high
from {shown}.clock_bridge as p inner join {exact}.marts.clock_bridge as m using (area_code, measure, "window", period_end)
inner join audited_measure as a using (measure) inner join {spans} as w using ("window", period_end)
where w.last_month between $first and $last
"""
REVISIONS = """
select '{column}' as kind, p.area_code, p.measure, strftime(p.vintage_month, '%Y-%m') || p.change as stratum, 'event' as clock,
    p.event_month as first_month, p.event_month as last_month, 'measure_revisions' as table_name, m.{column} as truth,
    least_shown(p.{column}_shown, p.{column}, half(m.{column}, p.area_level = 'city'), m.{column}) as low,
    most_shown(p.{column}_shown, p.{column}, half(m.{column}, p.area_level = 'city'), m.{column}) as high
from {shown}.measure_revisions as p
inner join {exact}.marts.measure_revisions as m using (area_code, measure, event_month, vintage_month, change)
inner join audited_measure as a using (measure)
where p.event_month between $first and $last
"""
TRIANGLE = """
select 'known' as kind, p.area_code, p.measure, strftime(p.vintage_month, '%Y-%m') as stratum, 'event' as clock,
    p.event_month as first_month, p.event_month as last_month, 'measure_triangle' as table_name, m.value as truth,
    least_shown(p.value_shown, p.value, half(m.value, p.area_level = 'city'), m.value) as low,
    most_shown(p.value_shown, p.value, half(m.value, p.area_level = 'city'), m.value) as high
from {shown}.measure_triangle as p
inner join {exact}.marts.measure_triangle as m using (area_code, measure, event_month, vintage_month)
inner join audited_measure as a using (measure)
where p.event_month between $first and $last
"""
BOUNDARIES = """
select 'constant' as kind, p.area_code, p.measure, p.stratum, if(a.clocked, p.clock, '') as clock, p.month as first_month,
    p.month as last_month, 'measures_constant_boundary' as table_name, m.value as truth,
    least_shown(p.shown, p.value, half(m.value, p.area_level = 'city'), m.value) as low,
    most_shown(p.shown, p.value, half(m.value, p.area_level = 'city'), m.value) as high
from {shown}.measures_constant_boundary as p
inner join {exact}.marts.measures_constant_boundary as m using (area_code, month, clock, measure, stratum)
inner join audited_measure as a using (measure)
where p.month between $first and $last and m.value is not null
"""

CELLS = """
create or replace temp table cell as
    with shown as ({sources}),
    merged as (
        select {cell}, min(table_name) as table_name, any_value(truth) as truth, max(low) as low, min(high) as high
        from shown where truth is not null group by all having max(truth) - min(truth) < 1e-6
    )
    select row_number() over () - 1 as cell, merged.*, areas.area_level, areas.parent_code,
        areas.area_level <> 'city' and truth > 0 and truth <= {small} and kind <> 'difference' as is_small
    from merged
    inner join (select area_code, max(area_level) as area_level, max(parent_code) as parent_code
        from {exact}.intermediate.int_areas group by area_code) as areas using (area_code)
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
KNOWN = """
with steps as (
    select *, lag(stratum, 1, '') over (partition by area_code, measure, first_month order by stratum) as before,
        lag(cell) over (partition by area_code, measure, first_month order by stratum) as cell_before
    from cell where kind = 'known'
)
select 'revisions' as rule, hash('r', cell) as relation, cell, 1.0 as weight, 'never' as rest from steps
union all
select 'revisions', hash('r', cell), cell_before, -1.0, 'never' from steps where cell_before is not null
union all
select 'revisions', hash('r', s.cell), c.cell, if(c.kind = 'records_added', -1.0, 1.0), 'never' from steps as s
inner join cell as c on c.kind in ('records_added', 'records_taken') and c.area_code = s.area_code and c.measure = s.measure
    and c.first_month = s.first_month and c.stratum[:7] <= s.stratum and c.stratum[:7] > s.before
union all
select 'revisions', hash('l', s.cell), unnest([s.cell, c.cell]), unnest([1.0, -1.0]), 'never' from steps as s
inner join cell as c on c.kind = 'count' and c.clock = 'event' and c.area_code = s.area_code and c.measure = s.measure
    and c.first_month = s.first_month and c.last_month = s.first_month and c.stratum = ''
qualify row_number() over (partition by s.area_code, s.measure, s.first_month order by s.stratum desc) = 1
"""
MOVED = """
select 'boundaries' as rule, hash('b', c.cell) as relation, c.cell, 1.0 as weight, 'never' as rest from cell as c
where c.kind = 'constant'
union all
select 'boundaries', hash('b', c.cell), o.cell, -b.coefficient, 'never' from cell as c
inner join (select area_code, part_code, coefficient::double as coefficient from {exact}.intermediate.int_area_boundaries
    union all select distinct area_code, area_code, 1.0 from {exact}.intermediate.int_area_boundaries) as b using (area_code)
inner join cell as o on o.kind = 'count' and o.area_code = b.part_code and o.measure = c.measure and o.stratum = c.stratum
    and o.clock = c.clock and o.first_month = c.first_month and o.last_month = c.last_month
where c.kind = 'constant'
"""
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
        select *, (select count(*) from cell) + row_number() over () - 1 as cell from left_over
        where rest = 'always' or gap > 1e-6
    )
    select relation, terms.cell, terms.weight, 0.0 as gap from terms semi join left_over using (relation)
    union all select relation, cell, -1.0, gap from rests
"""


class RelationUnknown(RenkouError):
    """The seed `measure_relations` names a measure that there is not."""


@dataclass(frozen=True)
class Published:
    """The linked cells and what they are called. The first cells have names; those after them are rests, which nobody publishes.

    names   (table, level, kind, area, measure, stratum, clock, first and last month), a cell each
    groups  a number for the cells that an area's children share: the same count in each of them
    """

    linked: Linked
    names: list[tuple[Any, ...]]
    groups: Places

    def describe(self, cell: int) -> str:
        """Where a cell stands, for a message: table, level of the area, what is counted, months; no area and no value."""
        table, level, kind, _, measure, stratum, clock, first, last = self.names[cell]
        of = f" ({stratum})" if stratum else ""
        return f"{table}: {level}, {measure}{of}, {kind} of {first:%Y-%m} to {last:%Y-%m}{clock and ', ' + clock}"

    def is_difference(self) -> Mask:
        """Which named cells are a difference of two counts."""
        return np.asarray([name[2] == "difference" for name in self.names])


def read_published(
    connection: duckdb.DuckDBPyConnection, months: tuple[object, object], *, exact: str = "", shown: str = "published",
    small: int = 7, base: int = 5,
) -> Published:  # fmt: skip
    """Cells whose last month lies between `months`, with everything that links them. RelationUnknown for a bad seed."""
    row = connection.execute("select current_database()").fetchone()
    names = {"exact": f'"{exact or (row[0] if row else "")}"', "shown": shown, "half": (base - 1) / 2, "small": small}
    connection.execute(PREPARE.format(**names))
    _check_relations(connection, names["exact"])
    spans = SPANS.format(**names)
    value_tables = [("indicator_values", f"{names['exact']}.intermediate.int_indicator_values")]
    sources = [MEASURES, BOUNDARIES, TRIANGLE]
    sources += [REVISIONS.replace("{column}", column) for column in ("records_added", "records_taken")]
    sources += [
        BRIDGE.replace("{column}", column).replace("{clock}", clock).replace("{spans}", spans)
        for column, clock in (
            ("event_value", "event"),
            ("report_value", "report"),
            ("reported_later", ""),
            ("found_late", ""),
        )
    ]
    sources += [
        PARTS.replace("{table}", table)
        .replace("{exact_table}", truth)
        .replace("{column}", column)
        .replace("{part}", part)
        for table, truth in value_tables
        for column, part in (("numerator", "plus"), ("denominator", "denominator"))
    ]
    text = " union all ".join(source.format(**names) for source in sources)
    limits = {"first": months[0], "last": months[1]}
    connection.execute(CELLS.format(sources=text, cell=CELL, **names), limits)
    relations = [AREAS.format(same=SAME, is_base=IS_BASE), OF_MEASURES, MONTHS, ENDS, CLOCKS, KNOWN, MOVED]
    every = " union all ".join(f"select * from ({text.format(**names)})" for text in relations)
    connection.execute(TERMS.format(relations=every))
    return _fetch(connection)


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
    cells = connection.execute("select truth, low, high, is_small from cell order by cell").fetchnumpy()
    rests = connection.execute(
        "select gap from term where cell >= (select count(*) from cell) order by cell"
    ).fetchnumpy()
    terms = connection.execute(
        "select dense_rank() over (order by relation) - 1 as place, cell, sum(weight) as weight from term group by relation, cell"
    ).fetchnumpy()
    truth = np.concatenate([cells["truth"], rests["gap"]]).astype(float)
    extra = len(rests["gap"])
    low = np.concatenate([np.asarray(cells["low"], float), np.zeros(extra)])
    high = np.concatenate([np.asarray(cells["high"], float), np.full(extra, np.inf)])
    small = np.concatenate([np.asarray(cells["is_small"], bool), np.zeros(extra, bool)])
    places = np.asarray(terms["place"], np.int64)
    shape = (int(places.max()) + 1 if len(places) else 0, len(truth))
    table = sparse.csr_matrix(
        (np.asarray(terms["weight"], float), (places, np.asarray(terms["cell"], np.int64))), shape=shape
    )
    named = connection.execute(
        "select table_name, area_level, kind, area_code, measure, stratum, clock, first_month, last_month from cell order by cell"
    ).fetchall()
    groups = connection.execute(
        """select dense_rank() over (order by parent_code, kind, measure, stratum, clock, first_month, last_month) - 1 as place
        from cell order by cell"""
    ).fetchnumpy()["place"]
    return Published(Linked(truth, low, high, small, table), named, np.asarray(groups, np.int64))
