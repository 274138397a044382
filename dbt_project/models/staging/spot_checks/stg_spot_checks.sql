with source as (
    select * from {{ source('raw', 'spot_checks') }}
),

renamed as (
    select
        check_no,
        area as area_code,
        round as spot_check_round,
        checked_on,
        register as checked_register,
        field as checked_field,
        matches,
        found_by,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
