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
        cast({{ protect_count('elements', 'false') }} as bigint) as elements,
        cast({{ protect_count('unexpected', 'false') }} as bigint) as unexpected
    from alerts
)

select * from final
