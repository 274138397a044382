{{ config(materialized='view') }}

{# A model of its own: in a unit test the mart of measures, whose alias is measures, and the seed of that name would be one. #}
with measures as (
    select * from {{ ref('area_measures') }}
),

strata as (
    select distinct
        measure,
        stratum
    from measures
)

select * from strata
