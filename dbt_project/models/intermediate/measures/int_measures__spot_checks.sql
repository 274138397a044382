{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_spot_checks__current'), {
        'spot_fields_checked': "count(*)",
        'spot_fields_matching': "count_if(matches = 'yes')",
    }) }}
)

select * from measures
