with source as (
    select * from {{ source('raw', 'pregnancy_visits') }}
),

renamed as (
    select
        visit_no,
        pregnancy_no,
        visit_date,
        gestational_week,
        visit_type,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
