with source as (
    select * from {{ source('raw', 'births') }}
),

renamed as (
    select
        birth_no,
        mother_id_pseudonym,
        birth_date,
        sex,
        parity,
        mother_birth_date,
        policy_status,
        area as area_code,
        institution as institution_code,
        registered_at,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
