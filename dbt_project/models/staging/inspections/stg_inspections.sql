with source as (
    select * from {{ source('raw', 'inspections') }}
),

renamed as (
    select
        visit_no,
        area as area_code,
        visit_type,
        visited_on,
        item,
        passed,
        rectify_by,
        rectified_on,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
