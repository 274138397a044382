{{ config(materialized='view') }}

with visited as (
    {{ measures_long(ref('int_inspections__current'), event_measures('inspections')) }}
),

due as (
    {{ measures_long(ref('int_inspections__current'), event_measures('findings_due'),
        clocks={'event': 'due_month', 'report': 'due_reported_month'}) }}
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
