with source as (
    select * from {{ source('quality', 'results') }}
),

renamed as (
    select
        delivery,
        register,
        area_code as delivery_area,
        month,
        check_id,
        expectation,
        dimension,
        severity,
        status,
        elements,
        unexpected,
        observed,
        threshold,
        checked_at
    from source
)

select * from renamed
