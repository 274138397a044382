{{ config(materialized='view') }}

with areas as (
    select * from {{ ref('stg_areas') }}
    where valid_to_month is null
),

placed as (
    select
        area_code,
        area_level,
        name_zh,
        name_en,
        case area_level
            when 'county' then {{ area_at('area_code', 'city') }}
            when 'township' then {{ area_at('area_code', 'county') }}
            when 'village' then {{ area_at('area_code', 'township') }}
        end as parent_code,
        case when area_level <> 'city' then {{ area_at('area_code', 'county') }} end as county_code,
        case
            when area_level in ('township', 'village') then {{ area_at('area_code', 'township') }}
        end as township_code,
        valid_from,
        valid_to,
        successor,
        row_number() over (partition by area_code order by valid_from desc) = 1 as is_latest
    from areas
)

select * from placed
