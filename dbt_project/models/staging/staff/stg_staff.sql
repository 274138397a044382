with source as (
    select * from {{ source('raw', 'staff') }}
),

renamed as (
    select
        post_no,
        area as area_code,
        level,
        post_type,
        on_establishment,
        certified,
        pay_due,
        pay_paid,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
