with source as (
    select * from {{ source('raw', 'floating_population') }}
),

renamed as (
    select
        exchange_no,
        id_pseudonym,
        area as area_code,
        other_area as other_area_code,
        direction,
        due_date,
        submitted_date,
        feedback_due_date,
        feedback_date,
        free_service,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
