{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_two_acts_cases__current'), event_measures('two_acts_cases')) }}
)

select * from measures
