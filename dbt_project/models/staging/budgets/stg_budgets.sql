with source as (
    select * from {{ source('raw', 'budgets') }}
),

renamed as (
    select
        area as area_code,
        cast(year as int) as figure_year,
        amount,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
