{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_deaths__current'), {
        'deaths': "count(*)",
    }) }}
)

select * from measures
