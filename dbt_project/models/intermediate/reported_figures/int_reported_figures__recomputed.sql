-- depends_on: {{ ref('int_touched__registers') }}
-- depends_on: {{ ref('int_touched__months') }}
-- depends_on: {{ ref('int_touched__availability') }}

{%- set hook = "{{ delete_refigured() }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

{#
    What the warehouse finds for the area, period and indicator of a reported figure, on the report clock: what had been delivered
    by the end of the period is what the area could know. Only whole months of ratios without strata can be recomputed.
#}
with figures as (
    select * from {{ ref('int_reported_figures__current') }}
    where {{ is_refigured() }}
),

live as (
    select * from {{ ref('int_indicators__live') }}
    where strata is null
),

measures as (
    select * from {{ ref('measures') }}
),

months as (
    select * from {{ ref('int_months') }}
),

monthly as (
    select * from {{ ref('int_measures__long_form') }}
    where clock in ('report', 'both') and stratum = '' and month >= {{ refigured_from() }}
),

availability as (
    select * from {{ ref('int_availability') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

placed as (
    select
        figures.figure,
        figures.area_code,
        coalesce(areas.county_code, areas.area_code) as delivering_code,
        live.per,
        live.annualised,
        live.numerator as plus,
        live.numerator_less as less,
        live.denominator as below,
        {{ month_start('figures.period_from') }} as first_month,
        {{ month_start('figures.period_to') }} as closing_month,
        {{ add_months(month_start('figures.period_from'), -1) }} as opening_month
    from figures
    inner join areas on figures.area_code = areas.area_code
    inner join live on figures.indicator = live.indicator
    inner join months as last_months
        on figures.period_to = last_months.month_end and day(figures.period_from) = 1
),

parts as (
    {% for part in ['plus', 'less', 'below'] %}
    {{ 'union all' if not loop.first }}
    select
        placed.*,
        '{{ part }}' as part,
        measures.measure,
        measures.register,
        measures.kind,
        measures.window_rule
    from placed
    inner join measures on placed.{{ part }} = measures.measure
    {% endfor %}
),

levels as (
    {% for level in ['city', 'county', 'township', 'village'] %}
    {{ 'union all' if not loop.first }}
    select '{{ level }}' as area_level
    {% endfor %}
),

{# What is counted in an area is counted in those that it lies in. #}
counted as (
    select
        monthly.measure,
        monthly.month,
        monthly.value,
        case levels.area_level
            {% for level in ['county', 'township', 'village'] %}
            when '{{ level }}' then {{ area_from('monthly.area_code', level) }}
            {% endfor %}
            else {{ area_at('monthly.area_code', 'city') }}
        end as reported_code
    from monthly
    cross join levels
    where monthly.measure in (select parts.measure from parts)
),

{# A flow needs every month of the period, a stock its end; a mean takes the end where there is no opening. #}
covered as (
    select
        parts.figure,
        parts.part,
        case
            when max(parts.window_rule) = 'distinct' then 0
            when max(parts.kind) = 'stock'
                then max(case when availability.month = parts.closing_month then availability.is_covered else 0 end)
            else min(availability.is_covered)
        end as is_covered,
        max(case when availability.month = parts.opening_month then availability.is_covered else 0 end)
            as is_opening_covered
    from parts
    inner join availability
        on
            parts.delivering_code = availability.area_code
            and parts.register = availability.register
            and (
                (parts.first_month <= availability.month and parts.closing_month >= availability.month)
                or (parts.opening_month = availability.month and parts.kind = 'stock')
            )
    group by parts.figure, parts.part
),

weighed as (
    select
        parts.figure,
        parts.part,
        covered.is_covered,
        case
            when parts.window_rule = 'sum' then counted.value
            when parts.window_rule = 'mean_of_ends' and covered.is_opening_covered = 1
                then case when counted.month in (parts.opening_month, parts.closing_month) then counted.value / 2 end
            when counted.month = parts.closing_month then counted.value
        end as value
    from parts
    inner join covered on parts.figure = covered.figure and parts.part = covered.part
    left join counted
        on
            parts.measure = counted.measure
            and parts.area_code = counted.reported_code
            and parts.closing_month >= counted.month
            and case when parts.kind = 'stock' then parts.opening_month else parts.first_month end <= counted.month
),

summed as (
    select
        figure,
        min(is_covered) as is_covered,
        coalesce({{ added("case when part = 'plus' then value end") }}, 0)
        - coalesce({{ added("case when part = 'less' then value end") }}, 0) as numerator,
        coalesce({{ added("case when part = 'below' then value end") }}, 0) as denominator
    from weighed
    group by figure
),

recomputed as (
    select
        summed.*,
        placed.per
        * case
            when placed.annualised
                then 12.0 / ({{ months_between('placed.first_month', 'placed.closing_month') }} + 1)
            else 1
        end as factor
    from summed
    inner join placed on summed.figure = placed.figure
)

select * from recomputed
