{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_vaccinations__current'), {
        'newborns_vaccinated': "count(*)",
    }) }}
)

select * from measures
