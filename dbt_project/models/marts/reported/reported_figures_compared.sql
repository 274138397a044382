with compared as (
    select * from {{ ref('int_reported_figures__compared') }}
),

final as (
    select
        delivered_area_code as area_code,
        period_from,
        period_to,
        indicator,
        reported_in,
        cast(numerator as double) as reported_numerator,
        cast(denominator as double) as reported_denominator,
        cast(reported_value as double) as reported_value,
        recomputed_numerator,
        recomputed_denominator,
        recomputed_value,
        difference,
        comparison,
        reason,
        is_consistent
    from compared
)

select * from final
