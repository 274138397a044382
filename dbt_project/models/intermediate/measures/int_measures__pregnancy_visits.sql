{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_pregnancy_visits__current'), {
        'pregnancy_visits': "count(*)",
    }) }}
)

select * from measures
