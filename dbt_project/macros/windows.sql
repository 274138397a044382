{#
    Counts of months to the parts of indicators: one row per area, indicator, window, period end, clock and stratum that occurs,
    with `plus`, `less`, `denominator` and `squares`. Flows add up over the months that count; a stock is that of the last month, or by its
    rule the mean of the last and of the month before the first, where that month was delivered and the area was there.

    monthly    relation of counts: area_code, month, clock, measure, stratum, value
    openings   relation of area_code, register, month: where an opening stock is known
    entities   relation of what windows count once: area_code, window, period_end, clock, measure, stratum, value
    touched    relation of the values wanted (area_code, indicator, window, period_end, clock); all when none
#}
{% macro window_totals(monthly, openings, entities, touched=none) -%}
{%- set keys = ['area_code', 'indicator', '`window`', 'period_end', 'clock', 'stratum'] -%}
with months as (
    select * from {{ ref('int_indicators__months') }}
),

{% if touched %}
{# Materialised, or the planner would pair all counts with all windows before it looks at the few that are wanted. #}
wanted as materialized (
    select
        touched.area_code,
        touched.clock,
        months.*
    from {{ touched }} as touched
    inner join months
        on
            touched.indicator = months.indicator
            and touched.`window` = months.`window`
            and touched.period_end = months.period_end
),

windows as (
    select distinct
        `window`,
        period_end
    from {{ touched }}
),
{% endif %}

reached as (
    select * from {{ monthly }}
    {% if touched %}
    {# Months before all wanted windows need not be read. #}
    where month >= (
        select min(months.month)
        from months
        inner join windows on months.`window` = windows.`window` and months.period_end = windows.period_end
    )
    {% endif %}
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
        case
            when months.opening_month is null then monthly.value
            when openings.area_code is not null then monthly.value / 2
            when monthly.month > months.opening_month then monthly.value
        end as value
    from reached as monthly
    inner join {{ 'wanted' if touched else 'months' }} as months
        on
            monthly.measure = months.measure
            and monthly.month = months.month
            {{ 'and monthly.area_code = months.area_code and monthly.clock = months.clock' if touched }}
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
    {% if touched %}
    inner join {{ touched }} as touched
        on
            entities.area_code = touched.area_code
            and entities.clock = touched.clock
            and needs.indicator = touched.indicator
            and needs.`window` = touched.`window`
            and needs.period_end = touched.period_end
    {% endif %}
),

together as (
    select * from weighed
    union all
    select * from once
),

totals as (
    select
        {{ keys | join(', ') }},
        {% for part in ['plus', 'less', 'denominator', 'squares'] %}
        {{ added("case when part = '" ~ part ~ "' then value end") }} as {{ part }}{{ ',' if not loop.last }}
        {% endfor %}
    from together
    group by {{ keys | join(', ') }}
)

select * from totals
{%- endmacro %}

{# Parts of a value as far as they are known: noughts where nothing happened, null where nothing is known. #}
{% macro known_parts(frames, totals) -%}
    {%- set is_known = frames ~ ".availability in ('ok', 'provisional')" -%}
    case when {{ is_known }} then coalesce({{ totals }}.plus, 0) end as plus,
        case when {{ is_known }} then coalesce({{ totals }}.less, 0) end as less,
        case when {{ frames }}.is_count = 0 and {{ is_known }} then coalesce({{ totals }}.denominator, 0) end as denominator,
        case
            when {{ frames }}.effective is not null and {{ is_known }}
                then {{ effective_size(totals ~ '.denominator', totals ~ '.squares') }}
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
