{#
    Counts of months to the parts of indicators: one row per area, indicator, window, period end, clock and stratum that occurs,
    with `plus`, `less`, `denominator` and `squares`. Flows add up over the months that count; a stock is that of the last month, or by its
    rule the mean of the last and of the month before the first, where that month was delivered and the area was there.

    monthly    relation of counts: area_code, month, clock, measure, stratum, value
    openings   relation of area_code, register, month: where an opening stock is known
    entities   relation of what windows count once: area_code, window, period_end, clock, measure, stratum, value
    touched    relation of the values wanted (value_no, area_code, indicator, window, period_end, clock); all when none. Of values wanted
               the rows say value_no and stratum, for meeting them by five columns of text once more takes as long as counting
#}
{% macro window_totals(monthly, openings, entities, touched=none) -%}
    {{ return(touched_totals(monthly, openings, entities, touched) if touched else all_totals(monthly, openings, entities)) }}
{%- endmacro %}

{% macro all_totals(monthly, openings, entities) -%}
{%- set keys = ['area_code', 'indicator', '`window`', 'period_end', 'clock', 'stratum'] -%}
with months as (
    select * from {{ ref('int_indicators__months') }}
),

weighed as (
    select
        monthly.area_code,
        months.indicator,
        months.`window`,
        months.period_end,
        monthly.clock,
        monthly.stratum,
        months.part,
        {{ weighed_value('months', 'openings.area_code') }} as value
    from {{ monthly }} as monthly
    inner join months on monthly.measure = months.measure and monthly.month = months.month
    left join {{ openings }} as openings
        on
            monthly.area_code = openings.area_code
            and months.register = openings.register
            and months.opening_month = openings.month
),

once as (
    select
        entities.area_code,
        needs.indicator,
        needs.`window`,
        needs.period_end,
        entities.clock,
        entities.stratum,
        needs.part,
        entities.value
    from {{ entities }} as entities
    inner join {{ ref('int_indicators__needs') }} as needs
        on
            entities.measure = needs.measure
            and entities.`window` = needs.`window`
            and entities.period_end = needs.period_end
),

together as (
    select * from weighed
    union all
    select * from once
),

totals as (
    select
        {{ keys | join(', ') }},
        {{ added_parts() }}
    from together
    group by {{ keys | join(', ') }}
)

select * from totals
{%- endmacro %}

{#
    The same of the values wanted alone. Areas, windows and months meet by one number instead of by seven columns: some twenty
    million pairs of text did not fit in memory. What is materialised is numbered once, and keeps the planner from pairing all counts
    with all windows before it looks at the few that are wanted.
#}
{% macro touched_totals(monthly, openings, entities, touched) -%}
with months as (
    select * from {{ ref('int_indicators__months') }}
),

places as materialized (
    select
        area_code,
        row_number() over (order by area_code) as place_no
    from (select distinct area_code from {{ touched }}) as areas
),

numbered as materialized (
    select
        indicator,
        `window`,
        period_end,
        row_number() over (order by indicator, `window`, period_end) as period_no
    from (select distinct indicator, `window`, period_end from {{ touched }}) as wanted_periods
),

met_by_period as materialized (
    select
        numbered.period_no,
        months.part,
        months.measure,
        months.month,
        months.register,
        months.opening_month
    from months
    inner join numbered
        on
            months.indicator = numbered.indicator
            and months.`window` = numbered.`window`
            and months.period_end = numbered.period_end
),

spans as (
    select distinct
        indicator,
        `window`,
        period_end,
        first_counted,
        last_counted,
        months_counted
    from {{ ref('int_indicators__needs') }}
),

{# Windows of the same months, like a policy year and the last twelve months at its end, are counted once: as the first of them. #}
periods as materialized (
    select
        numbered.*,
        min(numbered.period_no) over (
            partition by
                numbered.indicator, spans.first_counted, spans.last_counted, spans.months_counted,
                case when spans.indicator is null then numbered.period_no end
        ) as span_no
    from numbered
    left join spans
        on
            numbered.indicator = spans.indicator
            and numbered.`window` = spans.`window`
            and numbered.period_end = spans.period_end
),

met as (
    select
        met_by_period.part,
        met_by_period.measure,
        met_by_period.month,
        met_by_period.register,
        met_by_period.opening_month,
        periods.span_no
    from met_by_period
    inner join periods on met_by_period.period_no = periods.period_no
    where periods.period_no = periods.span_no
),

cells as materialized (
    select
        measure,
        month,
        row_number() over (order by measure, month) as cell_no
    from (select distinct measure, month from met) as cells
),

uses as materialized (
    select
        met.*,
        cells.cell_no
    from met
    inner join cells on met.measure = cells.measure and met.month = cells.month
),

values_wanted as materialized (
    select
        touched.value_no,
        {{ numbered('periods.span_no', 'touched.clock') }} as numbered,
        places.place_no,
        periods.span_no,
        touched.clock
    from {{ touched }} as touched
    inner join places on touched.area_code = places.area_code
    inner join periods
        on
            touched.indicator = periods.indicator
            and touched.`window` = periods.`window`
            and touched.period_end = periods.period_end
),

wanted as materialized (
    select distinct
        numbered,
        place_no,
        span_no,
        clock
    from values_wanted
),

common as materialized (
    select span_no from wanted
    group by span_no
    having count(*) * 4 >= (select count(*) from places)
),

rare as materialized (
    select * from wanted
    where span_no not in (select common.span_no from common)
),

counted as materialized (
    select
        places.place_no,
        cells.cell_no,
        monthly.month,
        monthly.clock,
        monthly.stratum,
        monthly.value
    from {{ monthly }} as monthly
    inner join places on monthly.area_code = places.area_code
    inner join cells on monthly.measure = cells.measure and monthly.month = cells.month
    {# Months before all wanted windows need not be read. #}
    where monthly.month >= (select min(cells.month) from cells)
),

common_uses as materialized (
    select * from uses
    where span_no in (select common.span_no from common)
),

{# Windows that many areas want take the counts of all, and leave out those of the others. #}
commonly as (
    select
        counted.*,
        wanted.numbered,
        uses.part,
        uses.register,
        uses.opening_month
    from counted
    inner join common_uses as uses on counted.cell_no = uses.cell_no
    inner join wanted on {{ numbered('uses.span_no', 'counted.clock', 'counted') }} = wanted.numbered
),

{# Windows that few want say which counts they need. #}
rarely as (
    select
        counted.*,
        {{ numbered('pairs.span_no', 'counted.clock', 'counted') }} as numbered,
        pairs.part,
        pairs.register,
        pairs.opening_month
    from counted
    inner join (
        select
            {{ numbered('uses.cell_no', 'rare.clock', 'rare') }} as numbered,
            uses.span_no,
            uses.part,
            uses.register,
            uses.opening_month
        from rare
        inner join uses on rare.span_no = uses.span_no
    ) as pairs
        on {{ numbered('counted.cell_no', 'counted.clock', 'counted') }} = pairs.numbered
),

weighed as (
    select
        monthly.numbered,
        monthly.stratum,
        monthly.part,
        {{ weighed_value('monthly', 'openings.place_no') }} as value
    from (
        select * from commonly
        union all
        select * from rarely
    ) as monthly
    left join (
        select
            places.place_no,
            openings.register,
            openings.month
        from {{ openings }} as openings
        inner join places on openings.area_code = places.area_code
    ) as openings
        on
            monthly.place_no = openings.place_no
            and monthly.register = openings.register
            and monthly.opening_month = openings.month
),

once as (
    select
        wanted.numbered,
        entities.stratum,
        needs.part,
        entities.value
    from {{ entities }} as entities
    inner join {{ ref('int_indicators__needs') }} as needs
        on
            entities.measure = needs.measure
            and entities.`window` = needs.`window`
            and entities.period_end = needs.period_end
    inner join periods
        on
            needs.indicator = periods.indicator
            and needs.`window` = periods.`window`
            and needs.period_end = periods.period_end
            and periods.period_no = periods.span_no
    inner join places on entities.area_code = places.area_code
    inner join wanted on {{ numbered('periods.span_no', 'entities.clock') }} = wanted.numbered
),

together as (
    select * from weighed
    union all
    select * from once
),

summed as (
    select
        numbered,
        stratum,
        {{ added_parts() }}
    from together
    group by numbered, stratum
),

totals as (
    select
        values_wanted.value_no,
        summed.stratum,
        summed.plus,
        summed.less,
        summed.denominator,
        summed.squares
    from summed
    inner join values_wanted on summed.numbered = values_wanted.numbered
)

select * from totals
{%- endmacro %}

{# One number for an area, a clock and another number, of which there are fewer than a hundred million. #}
{% macro numbered(number, clock, places='places') -%}
    (({{ places }}.place_no * 2 + case when {{ clock }} = 'event' then 1 else 0 end) * 100000000 + {{ number }})
{%- endmacro %}

{# What a month's count adds to a part of a value; `is_open` is not null where the opening stock is known. #}
{% macro weighed_value(months, is_open) -%}
    case
            when {{ months }}.opening_month is null then monthly.value
            when {{ is_open }} is not null then monthly.value / 2
            when monthly.month > {{ months }}.opening_month then monthly.value
        end
{%- endmacro %}

{% macro added_parts() -%}
    {% for part in ['plus', 'less', 'denominator', 'squares'] %}
        {{ added("case when part = '" ~ part ~ "' then value end") }} as {{ part }}{{ ',' if not loop.last }}
        {% endfor %}
{%- endmacro %}

{# Parts of a value as far as they are known: noughts where nothing happened, null where nothing is known. #}
{% macro known_parts(frames, totals) -%}
    {%- set is_known = frames ~ ".availability in ('ok', 'provisional')" -%}
    case when {{ is_known }} then coalesce({{ totals }}.plus, 0) end as plus,
        case when {{ is_known }} then coalesce({{ totals }}.less, 0) end as less,
        case when {{ frames }}.is_count = 0 and {{ is_known }} then coalesce({{ totals }}.denominator, 0) end as denominator,
        case
            when {{ frames }}.effective is null or not {{ is_known }} then null
            when {{ frames }}.interval_method = 'weighted_share'
                then {{ effective_size(totals ~ '.denominator', totals ~ '.squares') }}
            when {{ totals }}.denominator > 0 then coalesce({{ totals }}.squares, 0)
        end as effective_size,
        0 as is_suppressed
{%- endmacro %}

{# Every value that must exist: the frames of the city or county that delivers, in each of its areas that is valid. #}
{% macro indicator_grid(touched=none) -%}
    {% if touched -%}
    {# Materialised, or the planner would make the whole grid first. #}
    with placed as materialized (
        select
            areas.*,
            touched.indicator,
            touched.`window`,
            touched.period_end,
            touched.clock
        from {{ ref('int_areas') }} as areas
        inner join {{ touched }} as touched on areas.area_code = touched.area_code
    )

    {% endif -%}
    select
        areas.area_code,
        areas.area_level,
        frames.indicator,
        frames.`window`,
        frames.period_end,
        frames.clock,
        frames.interval_method,
        frames.factor,
        case
            when frames.availability = 'not_applicable' then frames.availability
            when areas.area_level = 'village' and frames.is_of_villages = 0 then 'no_delivery'
            else frames.availability
        end as availability
    from {{ 'placed' if touched else ref('int_areas') }} as areas
    inner join {{ ref('int_indicator_frames') }} as frames
        on
            coalesce(areas.county_code, areas.area_code) = frames.delivering_code
            and areas.valid_from <= frames.period_end
            and (areas.valid_to is null or areas.valid_to > frames.period_end)
            {%- if touched %}
            and areas.clock = frames.clock
            and areas.indicator = frames.indicator
            and areas.`window` = frames.`window`
            and areas.period_end = frames.period_end
            {%- endif %}
{%- endmacro %}
