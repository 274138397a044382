{{ config(materialized='view') }}

with benefits as (
    select * from {{ ref('int_benefits__current') }}
),

final as (
    select
        area_code,
        county_code,
        due_date,
        event_month,
        reported_month,
        programme,
        figure_year as benefit_year,
        amount_due,
        amount_paid,
        paid_date,
        {{ days_between('due_date', 'paid_date') }} as payment_delay_days
    from benefits
)

select * from final
