{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_deaths__current'), event_measures('deaths')) }}
)

select * from measures
