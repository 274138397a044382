{{ config(materialized='view') }}

{# One row per code, so that a join by code never counts twice; earlier validities are in dim_area_history. #}
with areas as (
    select * from {{ ref('dim_area') }}
),

latest as (
    select
        area_code,
        area_level,
        name_zh,
        name_en,
        parent_code,
        county_code,
        township_code,
        valid_from,
        valid_to,
        successor
    from areas
    where is_latest
)

select * from latest
