with results as (
    select * from {{ ref('stg_quality__results') }}
),

standing_deliveries as (
    select delivery
    from {{ ref('stg_landing__deliveries') }}
    where status in ('landed', 'held')
),

protected as (
    select
        results.register,
        {{ area_of_delivery('results.delivery_area') }} as area_code,
        results.month,
        results.check_id,
        results.dimension,
        results.severity,
        results.status,
        cast({{ protect_count('results.elements', 'false') }} as bigint) as elements,
        cast({{ protect_count('results.unexpected', 'false') }} as bigint) as unexpected,
        results.threshold
    from results
    inner join standing_deliveries on results.delivery = standing_deliveries.delivery
),

final as (
    select
        register,
        area_code,
        month,
        check_id,
        dimension,
        severity,
        status,
        elements,
        unexpected,
        round(1 - unexpected / nullif(elements, 0), 4) as observed,
        threshold
    from protected
)

select * from final
