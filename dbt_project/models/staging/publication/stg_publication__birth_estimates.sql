with source as (
    select * from {{ source('protection', 'birth_estimates') }}
),

renamed as (
    select
        area_code,
        `window`,
        period_end,
        list_pair,
        births_unadjusted,
        births_listed,
        births_in_both
    from source
)

select * from renamed
