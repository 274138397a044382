{{ config(materialized='view') }}

with seen as (
    select * from {{ ref('int_entities__seen') }}
),

members as (
    select * from {{ ref('int_window_months') }}
),

counted as (
    select
        seen.area_code,
        members.`window`,
        members.period_end,
        seen.clock,
        seen.measure,
        '' as stratum,
        cast(count(distinct seen.entity) as double) as value
    from seen
    inner join members on seen.month = members.month
    group by seen.area_code, members.`window`, members.period_end, seen.clock, seen.measure
)

select * from counted
