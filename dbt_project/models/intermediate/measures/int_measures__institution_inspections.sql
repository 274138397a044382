{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_institution_inspections__current'), {
        'institution_inspections': "count(*)",
        'institution_inspections_passed': "count_if(passed = 'yes')",
    }) }}
)

select * from measures
