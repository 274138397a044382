with source as (
    select * from {{ source('raw', 'two_acts_cases') }}
),

renamed as (
    select
        case_no,
        area as area_code,
        institution as institution_code,
        act_type,
        lead_source,
        filed_date,
        closed_date,
        typical,
        practitioners_licence_revoked,
        institutions_licence_revoked,
        persons_sentenced,
        fine_amount,
        _area as delivery_area,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
