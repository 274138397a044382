{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_inspections__current'), {
        'supervision_items': "count(*)",
        'supervision_items_passed': "count_if(passed = 'yes')",
    }) }}
)

select * from measures
