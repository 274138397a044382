with versions as (
    select * from {{ ref('int_areas__versions') }}
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
    from versions
    where is_latest
)

select * from latest
