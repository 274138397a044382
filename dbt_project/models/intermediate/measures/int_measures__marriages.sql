{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_marriages__current'), event_measures('marriages')) }}
)

select * from measures
