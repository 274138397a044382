{%- set hook = "{{ delete_revisions() }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=hook
) }}

with changes as (
    select * from {{ ref('int_revisions__events') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

placed as (
    select
        {{ area_at('area_code', 'city') }} as city_code,
        {{ area_from('area_code', 'county') }} as county_code,
        {{ area_from('area_code', 'township') }} as township_code,
        measure,
        event_month,
        vintage_month,
        change,
        sign,
        records
    from changes
),

rolled_up as (
    select
        coalesce(township_code, county_code, city_code) as area_code,
        measure,
        event_month,
        vintage_month,
        change,
        sum(case when sign = 1 then records else 0 end) as records_added,
        sum(case when sign = -1 then records else 0 end) as records_taken
    from placed
    group by
        grouping sets (
            (measure, event_month, vintage_month, change, city_code),
            (measure, event_month, vintage_month, change, county_code),
            (measure, event_month, vintage_month, change, township_code)
        )
),

final as (
    select
        rolled_up.area_code,
        areas.area_level,
        rolled_up.measure,
        rolled_up.event_month,
        rolled_up.vintage_month,
        rolled_up.change,
        cast(rolled_up.records_added as double) as records_added,
        cast(rolled_up.records_taken as double) as records_taken
    from rolled_up
    inner join areas on rolled_up.area_code = areas.area_code
    where rolled_up.records_added > 0 or rolled_up.records_taken > 0
)

select * from final
