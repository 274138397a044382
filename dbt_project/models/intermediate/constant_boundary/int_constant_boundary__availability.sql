{# What an area is made of has to be covered while it was in force: before a merger both counties, after it the one. #}
with parts as (
    select * from {{ ref('int_constant_boundary__areas') }}
),

months as (
    select * from {{ ref('int_months') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

availability as (
    select * from {{ ref('int_availability') }}
),

standing as (
    select
        parts.area_code,
        parts.part_code,
        coalesce(areas.county_code, areas.area_code) as delivering_code,
        months.month
    from parts
    inner join areas on parts.part_code = areas.area_code
    inner join months
        on
            parts.part_valid_from <= months.month_end
            and (parts.part_valid_to is null or parts.part_valid_to > months.month_end)
),

combined as (
    select
        standing.area_code,
        availability.register,
        standing.month,
        min(availability.is_covered) as is_covered,
        min(availability.is_delivered) as is_delivered,
        max(availability.is_provisional) as is_provisional
    from standing
    inner join availability on standing.delivering_code = availability.area_code and standing.month = availability.month
    group by standing.area_code, availability.register, standing.month
)

select * from combined
