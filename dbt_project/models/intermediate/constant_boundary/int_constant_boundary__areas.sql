with boundaries as (
    select * from {{ ref('int_area_boundaries') }}
),

breaks as (
    select * from {{ ref('int_area_breaks') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

touched as (
    select area_code from boundaries
    union
    select area_code from breaks
),

parts as (
    select
        area_code,
        part_code,
        coefficient
    from boundaries
    union all
    select
        area_code,
        area_code as part_code,
        1 as coefficient
    from touched
),

final as (
    select
        parts.area_code,
        areas.area_level,
        parts.part_code,
        parts.coefficient,
        part_areas.valid_from as part_valid_from,
        part_areas.valid_to as part_valid_to
    from parts
    inner join areas on parts.area_code = areas.area_code
    inner join areas as part_areas on parts.part_code = part_areas.area_code
)

select * from final
