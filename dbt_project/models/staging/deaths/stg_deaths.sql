with source as (
    select * from {{ source('raw', 'deaths') }}
),

renamed as (
    select
        death_no,
        id_pseudonym,
        sex,
        birth_date,
        death_date,
        area as area_code,
        registered_at,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
