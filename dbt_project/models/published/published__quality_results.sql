with results as (
    select * from {{ ref('stg_quality__results') }}
),

standing_deliveries as (
    select delivery
    from {{ ref('stg_landing__deliveries') }}
    where status in ('landed', 'held')
),

final as (
    select
        results.register,
        {{ area_of_delivery('results.delivery_area') }} as area_code,
        results.month,
        results.check_id,
        results.dimension,
        results.severity,
        results.status,
        results.elements,
        results.unexpected,
        results.observed,
        results.threshold
    from results
    inner join standing_deliveries on results.delivery = standing_deliveries.delivery
)

select * from final
