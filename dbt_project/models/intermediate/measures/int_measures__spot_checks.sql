{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_spot_checks__current'), event_measures('spot_checks')) }}
)

select * from measures
