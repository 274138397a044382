with source as (
    select * from {{ source('protection', 'measure_revisions') }}
),

renamed as (
    select
        area_code,
        measure,
        event_month,
        vintage_month,
        change,
        records_added,
        records_taken
    from source
)

select * from renamed
