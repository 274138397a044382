with source as (
    select * from {{ source('raw', 'contraception_use') }}
),

renamed as (
    select
        id_pseudonym,
        area as area_code,
        method,
        method_since,
        informed_choice,
        updated_at,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
