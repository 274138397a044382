{{ config(materialized='view') }}

with areas as (
    select * from {{ ref('int_areas') }}
    where area_level = 'township'
),

months as (
    select * from {{ ref('int_months') }}
),

townships as (
    select
        areas.area_code,
        months.month
    from areas
    inner join months
        on
            areas.valid_from <= months.month_end
            and (areas.valid_to is null or areas.valid_to > months.month_end)
)

select * from townships
