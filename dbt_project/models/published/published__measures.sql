{{ config(materialized='view') }}

with measures as (
    select * from {{ ref('area_measures') }}
),

protected as (
    select
        area_code,
        area_level,
        month,
        clock,
        measure,
        stratum,
        {{ protect_count('value', "area_level = 'city'") }} as value,
        {{ shown_count('value', "area_level = 'city'") }} as shown,
        {{ protection_kind('value', "area_level = 'city'") }} as protection
    from measures
)

select * from protected
