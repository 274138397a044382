{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_benefits__current'), {
        'benefits_due': "count(*)",
        'benefits_paid_in_full': "count_if(amount_paid >= amount_due)",
        'benefits_paid_timely': "count_if(paid_date <= due_date)",
    }) }}
)

select * from measures
