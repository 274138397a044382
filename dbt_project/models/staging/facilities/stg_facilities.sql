with source as (
    select * from {{ source('raw', 'facilities') }}
),

renamed as (
    select
        institution as institution_code,
        area as area_code,
        level,
        standardised,
        opened_on,
        accidents,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
