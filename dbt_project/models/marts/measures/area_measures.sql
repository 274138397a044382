-- depends_on: {{ ref('int_touched__measures') }}

{%- set hook = "{{ delete_touched('int_touched__measures') }}" -%}
{{ config(
    alias='measures',
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=hook
) }}

with rolled_up as (
    select rolled_up.*
    from {{ ref('int_measures__rolled_up') }} as rolled_up
    {% if is_increment() %}
    inner join {{ ref('int_touched__measures') }} as touched
        on
            rolled_up.area_code = touched.area_code
            and rolled_up.month = touched.month
            and rolled_up.clock = touched.clock
            and rolled_up.measure = touched.measure
    {% endif %}
),

measures as (
    select * from {{ ref('measures') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

months as (
    select * from {{ ref('int_months') }}
),

availability as (
    select * from {{ ref('int_availability') }}
    where is_covered = 1
),

age_groups as (
    select * from {{ ref('age_groups') }}
),

clocks as (
    select 'event' as clock
    union all
    select 'report' as clock
),

{% if is_increment() %}
{# Materialised, or the planner would make all cells before it looks at the few that are wanted. #}
wanted as materialized (
    select
        areas.*,
        touched.month,
        touched.clock,
        touched.measure
    from areas
    inner join {{ ref('int_touched__measures') }} as touched on areas.area_code = touched.area_code
),
{% endif %}

covered as (
    select
        areas.area_code,
        areas.area_level,
        months.month,
        clocks.clock,
        measures.measure,
        measures.strata
    from {{ 'wanted' if is_increment() else 'areas' }} as areas
    inner join availability on coalesce(areas.county_code, areas.area_code) = availability.area_code
    inner join months on availability.month = months.month
    inner join measures on availability.register = measures.register
    cross join clocks
    where
        months.month_end >= areas.valid_from
        {{ 'and areas.month = months.month and areas.clock = clocks.clock' if is_increment() }}
        {{ 'and areas.measure = measures.measure' if is_increment() }}
        and (areas.valid_to is null or months.month_end < areas.valid_to)
        and (measures.finest_level = 'village' or areas.area_level <> 'village')
        and (clocks.clock = 'event' or measures.kind = 'stock' or availability.is_delivered = 1)
),

{# The strata that a measure has by definition, noughts included; others (mothers of unknown age) where they occur. #}
cells as (
    select
        covered.*,
        '' as stratum
    from covered
    where covered.strata is null
    union all
    select
        covered.*,
        age_groups.age_group as stratum
    from covered
    cross join age_groups
    where covered.strata = 'age_group'
    union all
    select
        covered.*,
        rolled_up.stratum
    from covered
    inner join rolled_up
        on
            covered.area_code = rolled_up.area_code
            and covered.month = rolled_up.month
            and covered.clock = rolled_up.clock
            and covered.measure = rolled_up.measure
    left join age_groups on rolled_up.stratum = age_groups.age_group
    where covered.strata = 'age_group' and age_groups.age_group is null
),

filled as (
    select
        cells.area_code,
        cells.area_level,
        cells.month,
        cells.clock,
        cells.measure,
        cells.stratum,
        coalesce(rolled_up.value, 0) as value
    from cells
    left join rolled_up
        on
            cells.area_code = rolled_up.area_code
            and cells.month = rolled_up.month
            and cells.clock = rolled_up.clock
            and cells.measure = rolled_up.measure
            and cells.stratum = rolled_up.stratum
)

select * from filled
