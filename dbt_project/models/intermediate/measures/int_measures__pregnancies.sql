{{ config(materialized='view') }}

with registered as (
    {{ measures_long(ref('int_pregnancies__current'), event_measures('pregnancies')) }}
),

outcome_due as (
    {{ measures_long(ref('int_pregnancies__current'), {
        'pregnancies_outcome_due': "count(*)",
        'pregnancies_outcome_unrecorded': "count(*) filter (where not is_outcome_recorded)",
    }, clocks={'event': 'outcome_due_month', 'report': 'outcome_due_reported_month'}) }}
),

ended as (
    {{ measures_long(ref('int_pregnancies__ended'), {
        'pregnancies_evidenced': "count(*)",
        'pregnancies_registered_before_outcome': "count(*) filter (where is_registered_before)",
    }) }}
),

followed_up as (
    {{ measures_long(ref('int_pregnancies__followup_stock'), {
        'pregnancies_followup_due': "sum(pregnancies_due)",
        'pregnancies_followup_complete': "sum(pregnancies_complete)",
        'pregnancies_p1plus_followup_due': "sum(case when children >= 1 then pregnancies_due else 0 end)",
        'pregnancies_p1plus_followup_complete': "sum(case when children >= 1 then pregnancies_complete else 0 end)",
        'pregnancies_p2plus_followup_due': "sum(case when children >= 2 then pregnancies_due else 0 end)",
        'pregnancies_p2plus_followup_complete': "sum(case when children >= 2 then pregnancies_complete else 0 end)",
    }, clocks={'both': 'month'}) }}
),

measures as (
    select * from registered
    union all
    select * from outcome_due
    union all
    select * from ended
    union all
    select * from followed_up
)

select * from measures
