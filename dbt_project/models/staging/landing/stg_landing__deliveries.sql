with source as (
    select * from {{ source('landing', 'deliveries') }}
),

renamed as (
    select
        delivery,
        register,
        area_code as delivery_area,
        month,
        redelivery,
        status,
        reason,
        gate,
        rows_in,
        rows_landed,
        rows_unchanged,
        rows_quarantined,
        rows_closed,
        sha256,
        landing,
        received_at,
        landed_at
    from source
)

select * from renamed
