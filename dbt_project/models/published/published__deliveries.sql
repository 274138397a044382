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
        split_part(reason, ': ', 2) as reason,
        gate,
        cast({{ protect_count('rows_in', 'false') }} as bigint) as rows_in,
        cast({{ protect_count('rows_landed', 'false') }} as bigint) as rows_landed,
        cast({{ protect_count('rows_unchanged', 'false') }} as bigint) as rows_unchanged,
        cast({{ protect_count('rows_quarantined', 'false') }} as bigint) as rows_quarantined,
        landed_at,
        landing,
        sha256
    from deliveries
)

select * from final
