{{ config(materialized='view') }}

with areas as (
    select * from {{ ref('int_areas') }}
),

frames as (
    select * from {{ ref('int_indicator_frames') }}
),

grid as (
    select
        areas.area_code,
        areas.area_level,
        frames.indicator,
        frames.`window`,
        frames.period_end,
        frames.clock,
        frames.interval_method,
        frames.factor,
        case
            when frames.availability = 'not_applicable' then frames.availability
            when areas.area_level = 'village' and frames.is_of_villages = 0 then 'no_delivery'
            else frames.availability
        end as availability
    from areas
    inner join frames
        on
            coalesce(areas.county_code, areas.area_code) = frames.delivering_code
            and areas.valid_from <= frames.period_end
            and (areas.valid_to is null or areas.valid_to > frames.period_end)
)

select * from grid
