{{ config(materialized='view') }}

with seen as (
    select * from {{ ref('int_entities__seen') }}
),

months as (
    select month from {{ ref('int_months') }}
),

counted as (
    select
        seen.area_code,
        seen.month,
        seen.clock,
        seen.measure,
        '' as stratum,
        cast(count(*) as double) as value
    from seen
    inner join months on seen.month = months.month
    group by seen.area_code, seen.month, seen.clock, seen.measure
)

select * from counted
