{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('stg_facilities') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

spells as (
    select
        attribution.attributed_code as area_code,
        attribution.county_code,
        versions.institution_code,
        versions.level,
        versions.standardised,
        versions.opened_on,
        versions.accidents,
        versions.valid_from_month as from_month,
        versions.valid_to_month as to_month
    from versions
    inner join attribution on versions.area_code = attribution.area_code
)

select * from spells
