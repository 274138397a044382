with source as (
    select * from {{ source('raw', 'card_reads') }}
),

renamed as (
    select
        area as area_code,
        read_date,
        service_contacts,
        valid_reads,
        _area as delivery_area,
        _scope as delivery_scope,
        _valid_from as valid_from_month,
        _valid_to as valid_to_month
    from source
)

select * from renamed
