with source as (
    select * from {{ source('raw', 'household_entries') }}
),

renamed as (
    select
        entry_no,
        mother_id_pseudonym,
        birth_date,
        sex,
        area as area_code,
        entry_date,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
