with source as (
    select * from {{ source('raw', 'birth_certificates') }}
),

renamed as (
    select
        certificate_no,
        mother_id_pseudonym,
        birth_date,
        sex,
        institution as institution_code,
        area as area_code,
        issued_on,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
