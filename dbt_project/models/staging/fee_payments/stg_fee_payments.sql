with source as (
    select * from {{ source('raw', 'fee_payments') }}
),

renamed as (
    select
        payment_no,
        case_no,
        paid_date,
        amount,
        treasury_receipt,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
