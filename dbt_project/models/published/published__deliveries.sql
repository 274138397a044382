with deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

final as (
    select
        register,
        {{ area_of_delivery('delivery_area') }} as area_code,
        month,
        redelivery,
        status,
        reason,
        gate,
        rows_in,
        rows_landed,
        rows_unchanged,
        rows_quarantined,
        landed_at
    from deliveries
)

select * from final
