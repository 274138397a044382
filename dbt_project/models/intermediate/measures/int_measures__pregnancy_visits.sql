{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_pregnancy_visits__current'), event_measures('pregnancy_visits')) }}
)

select * from measures
