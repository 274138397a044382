with source as (
    select * from {{ source('raw', 'surveys') }}
),

renamed as (
    select
        interview_no,
        survey,
        area as area_code,
        stratum,
        weight,
        interview_date,
        aware_rights,
        aware_methods,
        aware_policy,
        satisfied,
        participated,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
