with areas as (
    select * from {{ ref('int_areas') }}
),

final as (
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
)

select * from final
