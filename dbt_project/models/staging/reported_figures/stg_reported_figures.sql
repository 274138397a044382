with source as (
    select * from {{ source('raw', 'reported_figures') }}
),

renamed as (
    select
        area as area_code,
        period_from,
        period_to,
        indicator,
        numerator,
        denominator,
        value as reported_value,
        source as reported_in,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
