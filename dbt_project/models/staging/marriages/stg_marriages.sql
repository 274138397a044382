with source as (
    select * from {{ source('raw', 'marriages') }}
),

renamed as (
    select
        registration_no,
        id_a_pseudonym,
        id_b_pseudonym,
        event as event_type,
        event_date,
        area as area_code,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
