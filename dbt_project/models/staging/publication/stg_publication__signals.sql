with source as (
    select * from {{ source('protection', 'integrity_signals') }}
),

renamed as (
    select
        method,
        register,
        indicator,
        area_code,
        month,
        hits,
        cases,
        expected_share,
        status
    from source
)

select * from renamed
