{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_institution_inspections__current'), event_measures('institution_inspections')) }}
)

select * from measures
