with source as (
    select * from {{ source('protection', 'indicator_values_constant_boundary') }}
),

renamed as (
    select
        area_code,
        indicator,
        `window`,
        period_end,
        clock,
        numerator,
        denominator,
        effective_size,
        numerator_shown,
        denominator_shown,
        value,
        low,
        high
    from source
)

select * from renamed
