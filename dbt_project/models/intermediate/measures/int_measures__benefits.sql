{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_benefits__current'), event_measures('benefits')) }}
)

select * from measures
