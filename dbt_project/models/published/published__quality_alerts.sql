with alerts as (
    select * from {{ ref('stg_quality__alerts') }}
),

final as (
    select
        alert,
        check_id,
        register,
        {{ area_of_delivery('delivery_area') }} as area_code,
        severity,
        opened_month,
        last_month,
        status,
        elements,
        unexpected
    from alerts
)

select * from final
