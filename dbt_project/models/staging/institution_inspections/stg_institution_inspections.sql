with source as (
    select * from {{ source('raw', 'institution_inspections') }}
),

renamed as (
    select
        inspection_no,
        institution as institution_code,
        area as area_code,
        inspected_on,
        item,
        passed,
        rectified_on,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
