{{ config(materialized='view') }}

with done as (
    {{ measures_long(ref('int_procedures__current'), event_measures('procedures')) }}
),

due as (
    {{ measures_long(ref('int_procedures__current'), event_measures('procedures_due'),
        clocks={'event': 'due_month', 'report': 'due_reported_month'}) }}
),

followup_due as (
    {{ measures_long(ref('int_procedures__current'), event_measures('procedures_followup_due'),
        clocks={'event': 'followup_due_month', 'report': 'followup_due_reported_month'}) }}
),

measures as (
    select * from done
    union all
    select * from due
    union all
    select * from followup_due
)

select * from measures
