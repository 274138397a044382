{{ config(materialized='view') }}

with exchanged as (
    {{ measures_long(ref('int_floating_population__current'), event_measures('floating_population')) }}
),

feedback_due as (
    {{ measures_long(ref('int_floating_population__current'), event_measures('feedback_due'),
        clocks={'event': 'feedback_due_month', 'report': 'feedback_due_reported_month'}) }}
),

measures as (
    select * from exchanged
    union all
    select * from feedback_due
)

select * from measures
