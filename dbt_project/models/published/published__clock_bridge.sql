{{ config(materialized='view') }}

{# The four counts of a row are held together, or the bridge would not add up. #}
with bridge as (
    select * from {{ ref('clock_bridge') }}
    where area_level = 'city'
),

last_shown as (
    select * from {{ ref('stg_publication__bridge') }}
),

told_apart as (
    select
        bridge.*,
        last_shown.event_value as last_event_value,
        last_shown.reported_later as last_reported_later,
        last_shown.found_late as last_found_late,
        last_shown.report_value as last_report_value,
        {{ is_held('bridge.event_value', 'last_shown.event_value', 'last_shown.area_code', 'true') }}
        and {{ is_held('bridge.reported_later', 'last_shown.reported_later', 'last_shown.area_code', 'true') }}
        and {{ is_held('bridge.found_late', 'last_shown.found_late', 'last_shown.area_code', 'true') }}
        and {{ is_held('bridge.report_value', 'last_shown.report_value', 'last_shown.area_code', 'true') }}
            as is_row_held
    from bridge
    left join last_shown
        on
            bridge.area_code = last_shown.area_code
            and bridge.measure = last_shown.measure
            and bridge.`window` = last_shown.`window`
            and bridge.period_end = last_shown.period_end
),

held as (
    select
        area_code,
        area_level,
        measure,
        `window`,
        period_end,
        vintage,
        case when is_row_held then last_event_value else event_value end as event_value,
        case when is_row_held then last_reported_later else reported_later end as reported_later,
        case when is_row_held then last_found_late else found_late end as found_late,
        case when is_row_held then last_report_value else report_value end as report_value
    from told_apart
),

final as (
    select
        area_code,
        area_level,
        measure,
        `window`,
        period_end,
        vintage,
        event_value,
        cast(cast(round(event_value) as bigint) as string) as event_value_shown,
        reported_later,
        cast(cast(round(reported_later) as bigint) as string) as reported_later_shown,
        found_late,
        cast(cast(round(found_late) as bigint) as string) as found_late_shown,
        report_value,
        cast(cast(round(report_value) as bigint) as string) as report_value_shown
    from held
)

select * from final
