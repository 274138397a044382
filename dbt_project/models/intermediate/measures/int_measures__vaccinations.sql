{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_vaccinations__current'), event_measures('vaccinations')) }}
)

select * from measures
