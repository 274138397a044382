with source as (
    select * from {{ source('raw', 'health_checks') }}
),

renamed as (
    select
        check_no,
        id_pseudonym,
        area as area_code,
        check_type,
        eligible_from,
        check_date,
        finding,
        treated_date,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
