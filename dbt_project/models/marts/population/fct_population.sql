{{ config(materialized='view') }}

with composition as (
    select * from {{ ref('int_population__composition') }}
),

final as (
    select
        area_code,
        county_code,
        month,
        sex,
        case
            when from_age = 85 then '85+'
            else concat(cast(from_age as string), '-', cast(from_age + 4 as string))
        end as age_group,
        from_age,
        cast(persons as bigint) as persons
    from composition
)

select * from final
