with source as (
    select * from {{ source('raw', 'benefits') }}
),

renamed as (
    select
        benefit_no,
        id_pseudonym,
        area as area_code,
        programme,
        cast(year as int) as figure_year,
        amount_due,
        amount_paid,
        due_date,
        paid_date,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
