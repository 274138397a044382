with alerts as (
    select * from {{ ref('stg_quality__alerts') }}
    {# Signals of integrity are a table of their own; their alerts are opened after it is built. #}
    where substr(check_id, 1, 10) <> 'integrity_'
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
