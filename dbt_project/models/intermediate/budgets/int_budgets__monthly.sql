with budgets as (
    select * from {{ ref('int_budgets__current') }}
),

months as (
    select month from {{ ref('int_months') }}
),

monthly as (
    select
        budgets.area_code,
        months.month,
        budgets.amount / 12 as budget_amount
    from budgets
    inner join months on budgets.figure_year = year(months.month)
)

select * from monthly
