{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_health_checks__current'), {
        'prepregnancy_checked': "count_if(check_type = 'prepregnancy')",
        'gyn_screened': "count_if(check_type = 'gynaecology')",
        'defect_prevention_covered': "count_if(check_type in ('folic_acid', 'birth_defects'))",
    }) }}
)

select * from measures
