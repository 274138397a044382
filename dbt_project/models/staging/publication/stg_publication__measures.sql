with source as (
    select * from {{ source('protection', 'measures') }}
),

renamed as (
    select
        area_code,
        month,
        clock,
        measure,
        stratum,
        value,
        shown
    from source
)

select * from renamed
