{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_floating_population__current'), {
        'exchange_due': "count(*)",
        'exchange_submitted_timely': "count_if(submitted_date <= due_date)",
        'floating_eligible': "count_if(free_service is not null)",
        'floating_free_served': "count_if(free_service = 'yes')",
    }) }}
)

select * from measures
