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

totals as (
    {{ window_totals('monthly', 'openings', 'entities', touched) }}
),

valid as (
    {% if touched %}
    {{ indicator_grid(touched) }}
    {% else %}
    select * from {{ ref('int_indicator_grid') }}
    where {{ in_slice('area_code') }}
    {% endif %}
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
            grid.area_code = totals.area_code
            and grid.indicator = totals.indicator
            and grid.`window` = totals.`window`
            and grid.period_end = totals.period_end
            and grid.clock = totals.clock
            and grid.stratum = totals.stratum
)

select * from parts
