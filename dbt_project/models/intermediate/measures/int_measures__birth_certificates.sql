{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_birth_certificates__current'), {
        'births_certified': "count(*)",
    }) }}
)

select * from measures
