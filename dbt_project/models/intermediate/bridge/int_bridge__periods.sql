{{ config(materialized='view') }}

with members as (
    select * from {{ ref('int_window_months') }}
    where is_closing
),

periods as (
    select distinct
        `window`,
        period_end,
        {{ add_months('opening_month', 1) }} as first_month,
        month as closing_month
    from members
)

select * from periods
