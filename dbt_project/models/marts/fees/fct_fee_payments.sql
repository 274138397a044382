{{ config(materialized='view') }}

with fee_payments as (
    select * from {{ ref('int_fee_payments__current') }}
),

final as (
    select
        area_code,
        county_code,
        paid_date,
        event_month,
        reported_month,
        amount,
        treasury_receipt is not null as is_in_treasury
    from fee_payments
)

select * from final
