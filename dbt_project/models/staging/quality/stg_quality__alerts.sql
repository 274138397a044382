with source as (
    select * from {{ source('quality', 'alerts') }}
),

renamed as (
    select
        alert,
        check_id,
        register,
        area_code as delivery_area,
        severity,
        opened_month,
        opened_by,
        last_month,
        resolved_by,
        status,
        elements,
        unexpected
    from source
)

select * from renamed
