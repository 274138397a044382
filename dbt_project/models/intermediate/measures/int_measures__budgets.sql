{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_budgets__monthly'), {
        'budget_amount': "sum(budget_amount)",
    }, clocks={'both': 'month'}) }}
)

select * from measures
