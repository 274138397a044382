with months as (
    select * from {{ ref('int_bridge__months') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

windows as (
    select distinct
        `window`,
        period_end,
        {{ add_months('opening_month', 1) }} as first_month,
        month as closing_month
    from {{ ref('int_window_months') }}
    where is_closing
),

placed as (
    select
        months.area_code,
        months.measure,
        months.value,
        windows.`window`,
        windows.period_end,
        case
            when months.event_month between windows.first_month and windows.closing_month then 1 else 0
        end as happened,
        case
            when months.reported_month between windows.first_month and windows.closing_month then 1 else 0
        end as reported
    from months
    inner join windows
        on
            months.event_month between windows.first_month and windows.closing_month
            or months.reported_month between windows.first_month and windows.closing_month
),

bridged as (
    select
        area_code,
        measure,
        `window`,
        period_end,
        {{ added('value * happened') }} as event_value,
        {{ added('value * happened * (1 - reported)') }} as reported_later,
        {{ added('value * reported * (1 - happened)') }} as found_late,
        {{ added('value * reported') }} as report_value
    from placed
    group by area_code, measure, `window`, period_end
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
