{{ config(materialized='view') }}

with budgets as (
    select * from {{ ref('int_budgets__current') }}
),

final as (
    select
        area_code,
        county_code,
        figure_year as budget_year,
        cast(amount as decimal(18, 2)) as amount
    from budgets
)

select * from final
