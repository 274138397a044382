with source as (
    select * from {{ source('raw', 'pregnancies') }}
),

renamed as (
    select
        pregnancy_no,
        id_pseudonym,
        area as area_code,
        lmp_date,
        first_seen_date,
        parity_before,
        due_date,
        outcome,
        outcome_date,
        registered_at,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
