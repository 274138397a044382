with boundaries as (
    select * from {{ ref('int_area_boundaries') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

final as (
    select
        boundaries.area_code,
        boundaries.part_code,
        cast(boundaries.coefficient as int) as coefficient,
        areas.valid_to as changed_on
    from boundaries
    inner join areas on boundaries.part_code = areas.area_code
)

select * from final
