with results as (
    select * from {{ ref('stg_quality__results') }}
),

final as (
    select
        register,
        {{ area_of_delivery('delivery_area') }} as area_code,
        month,
        check_id,
        dimension,
        severity,
        status,
        elements,
        unexpected,
        observed,
        threshold
    from results
)

select * from final
