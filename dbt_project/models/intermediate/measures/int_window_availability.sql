{{ config(materialized='view') }}

with members as (
    select * from {{ ref('int_window_months') }}
),

availability as (
    select * from {{ ref('int_availability') }}
),

gaps as (
    select
        *,
        sum(1 - is_covered) over (partition by area_code, register order by month) as gaps_before
    from availability
),

runs as (
    select
        *,
        sum(is_covered) over (partition by area_code, register, gaps_before order by month) as months_covered
    from gaps
),

summed as (
    select
        runs.area_code,
        runs.register,
        members.`window`,
        members.period_end,
        case when sum(runs.is_covered) = max(members.months_in_window) then 1 else 0 end as is_covered,
        max(case when members.is_closing then runs.is_covered else 0 end) as is_closing_covered,
        max(case when members.is_closing then runs.is_delivered else 0 end) as is_closing_delivered,
        max(case when members.is_closing then runs.months_covered else 0 end) as months_covered,
        max(runs.is_provisional) as is_provisional,
        max(case when members.is_closing then runs.is_provisional else 0 end) as is_closing_provisional
    from runs
    inner join members on runs.month = members.month
    group by runs.area_code, runs.register, members.`window`, members.period_end
)

select * from summed
