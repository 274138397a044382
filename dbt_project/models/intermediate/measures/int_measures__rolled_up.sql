-- depends_on: {{ ref('int_touched__counts') }}

{%- set hook = "{{ delete_touched('int_touched__counts') }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    pre_hook=hook
) }}

{# Cells without any row are absent here; marts.measures settles which are noughts and which were not delivered. #}
with counted as (
    select * from {{ ref('int_measures__counted') }}
    {% if is_increment() %}
    where month >= {{ first_touched('int_touched__counts', 'month') }}
    {% endif %}
),

{% if is_increment() %}
touched as (
    select * from {{ ref('int_touched__counts') }}
),

partitions as (
    select distinct
        month,
        clock,
        measure
    from touched
),
{% endif %}

clocks as (
    {{ measured_clocks() }}
),

on_clocks as {{ 'materialized ' if is_increment() }}(
    select
        counted.area_code,
        counted.month,
        clocks.clock,
        counted.measure,
        counted.stratum,
        counted.value
    from counted
    inner join clocks on counted.clock = clocks.measured_on
    {% if is_increment() %}
    inner join partitions
        on
            counted.month = partitions.month
            and counted.measure = partitions.measure
            and clocks.clock = partitions.clock
    {% endif %}
),

located as (
    select
        area_code,
        {{ area_at('area_code', 'city') }} as city_code,
        {{ area_from('area_code', 'county') }} as county_code,
        {{ area_from('area_code', 'township') }} as township_code,
        {{ area_from('area_code', 'village') }} as village_code
    from (select distinct area_code from {{ ref('int_measures__counted') }}) as codes
),

placed as (
    select
        located.city_code,
        located.county_code,
        located.township_code,
        located.village_code,
        on_clocks.month,
        on_clocks.clock,
        on_clocks.measure,
        on_clocks.stratum,
        on_clocks.value
    from on_clocks
    inner join located on on_clocks.area_code = located.area_code
),

rolled_up as (
    select
        coalesce(village_code, township_code, county_code, city_code) as area_code,
        month,
        clock,
        measure,
        stratum,
        {{ added('value', 6) }} as value
    from placed
    group by
        grouping sets (
            (month, clock, measure, stratum, city_code),
            (month, clock, measure, stratum, county_code),
            (month, clock, measure, stratum, township_code),
            (month, clock, measure, stratum, village_code)
        )
),

together as (
    select * from rolled_up
    union all
    select * from {{ ref('int_entities__months') }}
),

{# A row of a township belongs to no village: the set of that level collects it under null. #}
reached as (
    select together.*
    from together
    {% if is_increment() %}
    inner join touched
        on
            together.area_code = touched.area_code
            and together.month = touched.month
            and together.clock = touched.clock
            and together.measure = touched.measure
    {% endif %}
    where together.area_code is not null
)

select * from reached
