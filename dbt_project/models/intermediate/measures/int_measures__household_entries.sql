{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_household_entries__current'), event_measures('household_entries')) }}
)

select * from measures
