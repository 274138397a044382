{{ config(materialized='view') }}

with checked as (
    {{ measures_long(ref('int_health_checks__current'), event_measures('health_checks')) }}
),

services_due as (
    {{ measures_long(ref('int_health_checks__services_due'), {
        'resident_eligible': "count(*)",
        'resident_free_served': "sum(is_given)",
        'prepregnancy_eligible': "count(*) filter (where service = 'prepregnancy')",
        'prepregnancy_checked': "count(*) filter (where service = 'prepregnancy' and is_given = 1)",
        'defect_prevention_eligible': "count(*) filter (where service = 'prevention')",
        'defect_prevention_covered': "count(*) filter (where service = 'prevention' and is_given = 1)",
    }, clocks={'event': 'due_month', 'report': 'due_reported_month'}) }}
),

screened as (
    {{ measures_long(ref('int_health_checks__screened_stock'), {
        'gyn_screened': "sum(women_screened)",
    }, clocks={'both': 'month'}) }}
),

measures as (
    select * from checked
    union all
    select * from services_due
    union all
    select * from screened
)

select * from measures
