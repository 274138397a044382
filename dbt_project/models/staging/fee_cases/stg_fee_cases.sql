with source as (
    select * from {{ source('raw', 'fee_cases') }}
),

renamed as (
    select
        case_no,
        area as area_code,
        birth_no,
        filed_date,
        decision_date,
        amount_due,
        court_applied_date,
        court_enforced_date,
        closed_date,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
