with source as (
    select * from {{ source('raw', 'areas') }}
),

renamed as (
    select
        area as area_code,
        name as name_zh,
        name_en,
        level as area_level,
        valid_from,
        {{ add_days('valid_to', 1) }} as valid_to,
        replace(successor, '、', ';') as successor,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
