{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_birth_certificates__current'), event_measures('birth_certificates')) }}
)

select * from measures
