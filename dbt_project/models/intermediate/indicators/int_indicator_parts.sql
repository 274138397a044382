-- depends_on: {{ ref('int_touched__values') }}
-- depends_on: {{ ref('int_indicator_frames') }}

{{ config(materialized=on_duckdb('sliced')) }}

{%- set touched = ref('int_touched__values') if is_increment() else none %}

with monthly as (
    select * from {{ ref('int_measures__rolled_up') }}
    where {{ in_slice('area_code') }}
),

entities as (
    select * from {{ ref('int_entities__windows') }}
    where {{ in_slice('area_code') }}
),

areas as (
    select * from {{ ref('int_areas') }}
    where {{ in_slice('area_code') }}
),

availability as (
    select * from {{ ref('int_availability') }}
    where is_covered = 1
),

live as (
    select
        indicator,
        effective,
        is_count
    from {{ ref('int_indicators__live') }}
),

strata as (
    select * from {{ ref('int_indicators__strata') }}
),

openings as (
    select
        areas.area_code,
        availability.register,
        availability.month
    from areas
    inner join availability
        on
            coalesce(areas.county_code, areas.area_code) = availability.area_code
            and areas.valid_from <= last_day(availability.month)
),

{% if touched %}
valid as materialized (
    select
        *,
        row_number() over () as value_no
    from (
        {{ indicator_grid(touched) }}
    )
),

{# What was not delivered, or is not known of villages, need not be counted. #}
known as materialized (
    select * from valid
    where availability in ('ok', 'provisional')
),
{% else %}
valid as (
    select * from {{ ref('int_indicator_grid') }}
    where {{ in_slice('area_code') }}
),
{% endif %}

totals as (
    {{ window_totals('monthly', 'openings', 'entities', 'known' if touched else none) }}
),

grid as (
    select
        valid.*,
        strata.stratum,
        live.effective,
        live.is_count
    from valid
    inner join live on valid.indicator = live.indicator
    inner join strata on valid.indicator = strata.indicator
),

parts as (
    select
        grid.area_code,
        grid.area_level,
        grid.indicator,
        grid.`window`,
        grid.period_end,
        grid.clock,
        grid.interval_method,
        grid.factor,
        grid.availability,
        grid.stratum,
        grid.is_count,
        {{ known_parts('grid', 'totals') }}
    from grid
    left join totals
        on
            {% if touched %}
            grid.value_no = totals.value_no
            {% else %}
            grid.area_code = totals.area_code
            and grid.indicator = totals.indicator
            and grid.`window` = totals.`window`
            and grid.period_end = totals.period_end
            and grid.clock = totals.clock
            {% endif %}
            and grid.stratum = totals.stratum
)

select * from parts
