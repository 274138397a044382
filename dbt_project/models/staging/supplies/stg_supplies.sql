with source as (
    select * from {{ source('raw', 'supplies') }}
),

renamed as (
    select
        supply_no,
        area as area_code,
        due_recipients,
        recipients,
        followed_up,
        supply_month,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
