with versions as (
    select * from {{ ref('int_areas__versions') }}
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
        successor,
        is_latest
    from versions
)

select * from final
