with source as (
    select * from {{ source('protection', 'clock_bridge') }}
),

renamed as (
    select
        area_code,
        measure,
        `window`,
        period_end,
        event_value,
        reported_later,
        found_late,
        report_value
    from source
)

select * from renamed
