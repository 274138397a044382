{{ config(materialized='view') }}

with done as (
    {{ measures_long(ref('int_procedures__current'), {
        'procedures': "count(*)",
        'procedures_informed_choice': "count_if(informed_choice = 'yes')",
        'induced_abortions': "count_if(procedure_type in ('induced_abortion', 'labour_induction'))",
    }) }}
),

due as (
    {{ measures_long(ref('int_procedures__current'), {
        'procedures_due': "count(*)",
        'procedures_timely': "count_if(procedure_date <= due_date)",
    }, clocks={'event': 'due_month', 'report': 'due_reported_month'}) }}
),

followup_due as (
    {{ measures_long(ref('int_procedures__current'), {
        'procedures_followup_due': "count(*)",
        'procedures_followed_up': "count_if(followup_date is not null)",
    }, clocks={'event': 'followup_due_month', 'report': 'followup_due_reported_month'}) }}
),

measures as (
    select * from done
    union all
    select * from due
    union all
    select * from followup_due
)

select * from measures
