{{ config(materialized='view') }}

{# Apart, because a unit test cannot tell the mart of measures, whose alias is measures, from the seed of that name. #}
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
