with source as (
    select * from {{ source('raw', 'population') }}
),

renamed as (
    select
        id_pseudonym,
        sex,
        birth_date,
        area as area_code,
        residence_area as residence_area_code,
        household_type,
        marital_status,
        first_marriage_date,
        status,
        status_date,
        children_born,
        event_date,
        registered_at,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
