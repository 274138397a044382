{{ config(materialized='view') }}

with members as (
    select * from {{ ref('int_cut_windows__months') }}
),

availability as (
    select * from {{ ref('int_availability') }}
),

summed as (
    select
        availability.area_code,
        members.indicator,
        availability.register,
        members.`window`,
        members.period_end,
        case when sum(availability.is_covered) = max(members.months_counted) then 1 else 0 end as is_covered,
        max(case when members.is_closing then availability.is_covered else 0 end) as is_closing_covered,
        max(case when members.is_closing then availability.is_delivered else 0 end) as is_closing_delivered,
        max(availability.is_provisional) as is_provisional,
        max(case when members.is_closing then availability.is_provisional else 0 end) as is_closing_provisional
    from members
    inner join availability on members.month = availability.month
    group by
        availability.area_code, members.indicator, availability.register, members.`window`, members.period_end
)

select * from summed
