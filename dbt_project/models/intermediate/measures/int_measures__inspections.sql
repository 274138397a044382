{{ config(materialized='view') }}

with visited as (
    {{ measures_long(ref('int_inspections__current'), {
        'supervision_items': "count(*)",
        'supervision_items_passed': "count_if(passed = 'yes')",
    }) }}
),

due as (
    {{ measures_long(ref('int_inspections__current'), {
        'findings_due': "count(*)",
        'findings_rectified_timely': "count_if(rectified_on <= rectify_by)",
    }, clocks={'event': 'due_month', 'report': 'due_reported_month'}) }}
),

townships as (
    {{ measures_long(ref('int_areas__townships'), {
        'townships': "count(*)",
    }, clocks={'both': 'month'}) }}
),

measures as (
    select * from visited
    union all
    select * from due
    union all
    select * from townships
)

select * from measures
