with source as (
    select * from {{ source('raw', 'insurance') }}
),

renamed as (
    select
        id_pseudonym,
        area as area_code,
        scheme,
        insured_from,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
