with source as (
    select * from {{ source('raw', 'procedures') }}
),

renamed as (
    select
        procedure_no,
        id_pseudonym,
        area as area_code,
        institution as institution_code,
        procedure_type,
        procedure_date,
        due_date,
        informed_choice,
        followup_due_date,
        followup_date,
        registered_at,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
