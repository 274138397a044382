with bridge as (
    select
        *,
        area_level = 'city' as is_exact
    from {{ ref('clock_bridge') }}
),

protected as (
    select
        area_code,
        area_level,
        measure,
        `window`,
        period_end,
        vintage,
        {{ protect_count('event_value', 'is_exact') }} as event_value,
        {{ shown_count('event_value', 'is_exact') }} as event_value_shown,
        {{ protect_count('reported_later', 'is_exact') }} as reported_later,
        {{ shown_count('reported_later', 'is_exact') }} as reported_later_shown,
        {{ protect_count('found_late', 'is_exact') }} as found_late,
        {{ shown_count('found_late', 'is_exact') }} as found_late_shown,
        {{ protect_count('report_value', 'is_exact') }} as report_value,
        {{ shown_count('report_value', 'is_exact') }} as report_value_shown
    from bridge
)

select * from protected
