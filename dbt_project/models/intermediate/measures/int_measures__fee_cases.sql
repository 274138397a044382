{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_fee_cases__current'), {
        'fee_amount_due': "sum(amount_due)",
    }) }}
)

select * from measures
