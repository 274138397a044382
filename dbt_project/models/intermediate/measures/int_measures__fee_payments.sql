{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_fee_payments__current'), dict(event_measures('fee_payments'), **{
        'fee_amount_collected': "sum(amount)",
        'fee_amount_in_treasury': "sum(case when treasury_receipt is not null then amount else 0 end)",
    })) }}
)

select * from measures
