{{ config(materialized='view') }}

with changes as (
    {{ row_changes(ref('stg_deaths'), ['death_no'], 'death_date') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

counted as (
    select
        attribution.attributed_code as area_code,
        'deaths' as measure,
        {{ month_start('changes.death_date') }} as event_month,
        changes.vintage_month,
        changes.change,
        changes.sign,
        count(*) as records
    from changes
    inner join attribution on changes.area_code = attribution.area_code
    group by
        attribution.attributed_code, {{ month_start('changes.death_date') }}, changes.vintage_month, changes.change,
        changes.sign
)

select * from counted
