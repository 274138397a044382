{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_insurance__stock'), {
        'insured': "sum(insured)",
    }, clocks={'both': 'month'}) }}
)

select * from measures
