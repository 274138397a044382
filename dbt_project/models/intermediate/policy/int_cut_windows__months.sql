{{ config(materialized='view') }}

with windows as (
    select * from {{ ref('int_indicators__windows') }}
    where is_cut
),

months as (
    select month from {{ ref('int_months') }}
),

members as (
    select
        windows.indicator,
        windows.`window`,
        windows.period_end,
        months.month,
        windows.months_counted,
        months.month = windows.last_counted as is_closing
    from windows
    inner join months on months.month between windows.first_counted and windows.last_counted
)

select * from members
