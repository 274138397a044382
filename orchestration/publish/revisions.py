"""Revisions: what later publications showed otherwise than earlier ones, read from the published vintages."""

from datetime import date
from typing import Any

from orchestration.errors import RenkouError
from orchestration.periods import month_end, window_start_sql
from orchestration.publish.analyst import dictionaries, open_marts
from orchestration.publish.vintages import standing
from orchestration.settings import Settings

PUBLICATIONS = """
select p.publication, p.published_at, p.vintage, p.code_version,
    count(*) filter (where v.published_in = p.publication and not v.revised) as new_values,
    count(*) filter (where v.published_in = p.publication and v.revised) as revised_values
from publications as p
left join (
    select published_in, lag(published_in) over (
        partition by area_code, indicator, "window", period_end, clock order by published_in) is not null as revised
    from indicator_vintages
) as v on v.published_in = p.publication
group by all
order by p.publication desc
"""
# What every publication showed of the wanted cells, as reported and with today's boundaries. An area is among the latter once it
# changed; until then its figures as reported are the ones with its boundaries of the day.
SHOWN = """
with publication_list as (
    select publication from publications
),
reported as (
    select * from indicator_vintages
    where indicator = $indicator and coalesce(area_code = $area, area_level = 'city') and coalesce(period_end = $period_end, true)
),
adjusted as (
    select * from indicator_vintages_constant_boundary
    where indicator = $indicator and coalesce(area_code = $area, area_level = 'city') and coalesce(period_end = $period_end, true)
),
shown as (
    select 'as_reported' as series, p.publication, v.*
    from publication_list as p inner join reported as v on {standing}
    union all by name
    select 'constant_boundary' as series, p.publication, v.*
    from publication_list as p inner join adjusted as v on {standing}
    union all by name
    select 'constant_boundary' as series, p.publication, v.*
    from publication_list as p inner join reported as v on {standing}
    where v.area_code in (select area_code from adjusted) and not exists (
        select 1 from adjusted as a
        where a.area_code = v.area_code and a."window" = v."window" and a.period_end = v.period_end and a.clock = v.clock
            and a.published_in <= p.publication and (a.replaced_in is null or a.replaced_in > p.publication))
),
"""
# Each state of a cell beside the one that the publication before it showed. Values are rounded to nine decimals, and so far is
# their factor known.
STATES = """
compared as (
    select *, value * denominator / nullif(numerator, 0) as factor, lag(publication) over cell as before,
        lag(numerator) over cell as numerator_before, lag(denominator) over cell as denominator_before,
        lag(value) over cell as value_before, lag(status) over cell as status_before,
        lag(value * denominator / nullif(numerator, 0)) over cell as factor_before
    from shown
    window cell as (partition by series, area_code, "window", period_end, clock order by publication)
),
states as (
    select *, coalesce(
            abs(factor - factor_before) <= 1e-9 * abs(factor) * (1 + 1 / least(abs(value), abs(value_before))), false) as is_ratio
    from compared
    where before is null or row(numerator, denominator, value, status)
        is distinct from row(numerator_before, denominator_before, value_before, status_before)
    qualify count(*) over (partition by series, area_code, "window", period_end, clock) > 1
),
"""
# The areas by which an area's boundaries differ between two publications, and what their figures were in the earlier one.
MOVED = """
changes as (
    select distinct area_code, publication, before from states where before is not null
),
differing as (
    select c.area_code, c.publication, c.before, b.part_code, max(b.changed_on) as changed_on,
        sum(b.coefficient * (b.published_in <= c.publication and coalesce(b.replaced_in > c.publication, true))::int
            - b.coefficient * (b.published_in <= c.before and coalesce(b.replaced_in > c.before, true))::int) as coefficient
    from changes as c inner join area_boundary_vintages as b on c.area_code = b.area_code
    group by all
    having coefficient <> 0
),
moved as (
    select s.series, s.publication, s.area_code, s."window", s.period_end, s.clock,
        bool_or(d.changed_on <= s.period_end) as is_within, bool_or(v.area_code is null) as is_unpublished,
        bool_or(v.area_code is not null and (v.numerator is null or v.denominator is null)) as is_withheld,
        sum(d.coefficient * v.numerator) as numerator, sum(d.coefficient * v.denominator) as denominator
    from states as s
    inner join differing as d on s.area_code = d.area_code and s.publication = d.publication and s.before = d.before
    left join indicator_vintages as v on v.area_code = d.part_code and v.indicator = $indicator and v."window" = s."window"
        and v.period_end = s.period_end and v.clock = s.clock
        and v.published_in <= s.before and coalesce(v.replaced_in > s.before, true)
    group by all
),
"""
# Records behind the numerator that came or went between the two publications, by kind of change: as the later one tells them less
# as the earlier one did, of the area itself and, with today's boundaries, of all that it is made of. Clock of events alone.
RECORDS = """
counted as (
    select numerator as measure, 1 as sign from indicators where indicator = $indicator
    union all
    select numerator_less, -1 from indicators where indicator = $indicator and numerator_less is not null
),
made_of as (
    select distinct series, publication, area_code, area_code as part_code, 1 as coefficient from states where before is not null
    union all
    select s.series, s.publication, s.area_code, b.part_code, b.coefficient
    from (select distinct series, publication, area_code from states where series = 'constant_boundary') as s
    inner join area_boundary_vintages as b on s.area_code = b.area_code and {standing_later}
),
known as (
    select s.series, s.publication, s.area_code, s."window", s.period_end, s.clock, r.change, r.records_added, r.records_taken,
        m.coefficient * c.sign as sign,
        (r.published_in <= s.publication and coalesce(r.replaced_in > s.publication, true))::int
            - (r.published_in <= s.before and coalesce(r.replaced_in > s.before, true))::int as turned
    from states as s
    inner join windows as w on s."window" = w."window"
    inner join made_of as m on s.series = m.series and s.publication = m.publication and s.area_code = m.area_code
    cross join counted as c
    inner join measure_revision_vintages as r on r.area_code = m.part_code and r.measure = c.measure
        and r.event_month between {window_start} and s.period_end
    where s.clock = 'event'
),
recorded as (
    select series, publication, area_code, "window", period_end, clock,
        coalesce(sum(sign * turned * (records_added - records_taken)) filter (where change in ('first', 'late')), 0) as late,
        coalesce(sum(sign * turned * (records_added - records_taken)) filter (where change = 'corrected'), 0) as corrected,
        coalesce(sum(sign * turned * (records_added - records_taken)) filter (where change = 'withdrawn'), 0) as withdrawn,
        bool_or(turned <> 0 and (records_added is null or records_taken is null)) as is_withheld
    from known
    group by all
),
"""
# A change of factor * n / d has up to three sources, which add up to it: what the earlier counts give with the later boundaries,
# less what they gave; then (Kitagawa 1955, JASA 50) the other numerator over the mean of both 1 / d, and the other denominator
# times the mean numerator. A sum over strata or a difference of counts (factor unknown, or another than before) has none.
SOURCES = """
sourced as (
    select s.*, m.is_within,
        case when m.series is not null and s.series = 'constant_boundary' then s.numerator_before + m.numerator
            else s.numerator_before end as numerator_based,
        case when m.series is not null and s.series = 'constant_boundary' then s.denominator_before + m.denominator
            else s.denominator_before end as denominator_based,
        case
            when s.before is null then null
            when 'no_exact_backcast' in (s.status, s.status_before) then 'no_exact_backcast'
            when s.value is null or s.value_before is null then 'no_value'
            when s.series = 'as_reported' and m.is_within then 'recoded_areas'
            when not s.is_ratio then 'no_ratio'
            when s.series = 'as_reported' or m.series is null then 'told'
            when m.is_unpublished then 'part_not_published'
            when m.is_withheld then 'part_withheld'
            else 'told'
        end as decomposition,
        r.late, r.corrected, r.withdrawn, r.series is not null as is_recorded, r.is_withheld
    from states as s
    left join recorded as r on s.series = r.series and s.publication = r.publication and s.area_code = r.area_code
        and s."window" = r."window" and s.period_end = r.period_end and s.clock = r.clock
    left join moved as m on s.series = m.series and s.publication = m.publication and s.area_code = m.area_code
        and s."window" = m."window" and s.period_end = m.period_end and s.clock = m.clock
),
weighed as (
    select *, factor * (1 / denominator + 1 / denominator_based) / 2 as weight,
        case
            when decomposition is distinct from 'told' then null
            when clock = 'report' then 'report_clock'
            when not is_recorded then 'not_counted'
            when is_withheld then 'withheld'
            when abs(late + corrected + withdrawn - (numerator - numerator_based)) > 1e-6 then 'not_adding_up'
            else 'told'
        end as records
    from sourced
)
select v.area_code, v.indicator, v.window, v.period_end, v.clock, v.series, v.publication as published_in, p.published_at,
    v.numerator, v.denominator, v.value, v.status, v.value - v.value_before as change,
    case when v.decomposition = 'told' then v.factor * v.numerator_based / v.denominator_based - v.value_before end
        as change_by_boundary,
    case when v.decomposition = 'told' then v.weight * (v.numerator - v.numerator_based) end as change_by_numerator,
    case when v.records = 'told' then v.weight * v.late end as change_by_late,
    case when v.records = 'told' then v.weight * v.corrected end as change_by_corrected,
    case when v.records = 'told' then v.weight * v.withdrawn end as change_by_withdrawn,
    case when v.decomposition = 'told' then v.factor * (v.numerator + v.numerator_based)
        * (1 / v.denominator - 1 / v.denominator_based) / 2 end as change_by_denominator,
    v.decomposition, v.records
from weighed as v
inner join publications as p on v.publication = p.publication
order by v.area_code, v.window, v.period_end, v.clock, v.series, v.publication
"""
VALUES = (
    SHOWN.format(standing=standing("p.publication"))
    + STATES
    + MOVED
    + RECORDS.format(
        standing_later=standing("s.publication"), window_start=window_start_sql("s.period_end", "w.length_months")
    )
    + SOURCES
)


class NoRevisions(RenkouError):
    """There is no such indicator or area; the message says what there is."""


def publications(settings: Settings) -> list[dict[str, Any]]:
    """Every publication, the newest first: state of knowledge, code, and how many values were new and revised in it."""
    with open_marts(settings) as marts:
        return dictionaries(marts.execute(PUBLICATIONS))


def revised_values(
    settings: Settings, indicator: str, area: str | None = None, month: date | None = None
) -> list[dict[str, Any]]:
    """Every published value, in order of publication, of the cells of an indicator that were ever revised.

    `series` is as_reported or, for areas whose boundaries ever changed, constant_boundary as well. `change` is the difference
    from the publication before, in the indicator's unit; `change_by_boundary`, `change_by_numerator` and
    `change_by_denominator` add up to it where `decomposition` is told, and are None where it says why not: no_value (either is
    withheld or missing), no_exact_backcast (a split), no_ratio (no ratio of two counts, or nought), recoded_areas (the area
    register was corrected for months past: which records moved with it, counts do not say), part_withheld and
    part_not_published (the earlier publication did not show the figures of an area that joined or left).
    `change_by_late`, `change_by_corrected` and `change_by_withdrawn` add up to `change_by_numerator` where `records` is told:
    records that came late, whose versions changed, that went. Else it says why not: report_clock (a late record changes no
    month past), not_counted (no count of dated events, or a village), withheld, not_adding_up (rounded one by one below the
    city).
    Of one area (default: the city) and one period's end (default: all). Raises NoRevisions for an unknown indicator or area.
    """
    with open_marts(settings) as marts:
        for column, wanted in (("indicator", indicator), ("area_code", area)):
            query = f"select 1 from indicator_vintages where {column} = ? limit 1"
            if wanted is not None and not marts.execute(query, [wanted]).fetchone():
                raise NoRevisions(
                    f"nothing was ever published of {wanted!r}; look for the {column} in indicator_values"
                )
        place = {"indicator": indicator, "area": area, "period_end": month_end(month) if month else None}
        return dictionaries(marts.execute(VALUES, place))
