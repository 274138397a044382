with estimated as (
    {{ estimates(ref('int_constant_boundary__parts')) }}
),

final as (
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        clock,
        {{ vintage() }} as vintage,
        numerator,
        denominator,
        value,
        low,
        high,
        status
    from estimated
)

select * from final
