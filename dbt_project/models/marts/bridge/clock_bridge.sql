{{ config(materialized='view') }}

with bridged as (
    select * from {{ ref('int_bridge__windows') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

final as (
    select
        bridged.area_code,
        areas.area_level,
        bridged.measure,
        bridged.`window`,
        bridged.period_end,
        {{ vintage() }} as vintage,
        bridged.event_value,
        bridged.reported_later,
        bridged.found_late,
        bridged.report_value
    from bridged
    inner join areas on bridged.area_code = areas.area_code
)

select * from final
