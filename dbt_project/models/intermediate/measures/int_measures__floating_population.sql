{{ config(materialized='view') }}

with exchanged as (
    {{ measures_long(ref('int_floating_population__current'), {
        'exchange_due': "count(*)",
        'exchange_submitted_timely': "count_if(submitted_date <= due_date)",
        'floating_eligible': "count_if(free_service is not null)",
        'floating_free_served': "count_if(free_service = 'yes')",
    }) }}
),

feedback_due as (
    {{ measures_long(ref('int_floating_population__current'), {
        'exchange_feedback_due': "count(*)",
        'exchange_feedback_timely': "count_if(feedback_date <= feedback_due_date)",
    }, clocks={'event': 'feedback_due_month', 'report': 'feedback_due_reported_month'}) }}
),

measures as (
    select * from exchanged
    union all
    select * from feedback_due
)

select * from measures
