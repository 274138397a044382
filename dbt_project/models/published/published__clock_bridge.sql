{{ config(materialized='view') }}

with bridge as (
    select * from {{ ref('clock_bridge') }}
),

weights as (
    {{ weight_measures() }}
),

told_apart as (
    select
        bridge.*,
        bridge.area_level = 'city' as is_exact,
        weights.measure is not null as is_weight
    from bridge
    left join weights on bridge.measure = weights.measure
),

protected as (
    select
        area_code,
        area_level,
        measure,
        `window`,
        period_end,
        vintage,
        {{ protect_count('event_value', 'is_exact', 'is_weight') }} as event_value,
        {{ shown_count('event_value', 'is_exact', 'is_weight') }} as event_value_shown,
        {{ protect_count('reported_later', 'is_exact', 'is_weight') }} as reported_later,
        {{ shown_count('reported_later', 'is_exact', 'is_weight') }} as reported_later_shown,
        {{ protect_count('found_late', 'is_exact', 'is_weight') }} as found_late,
        {{ shown_count('found_late', 'is_exact', 'is_weight') }} as found_late_shown,
        {{ protect_count('report_value', 'is_exact', 'is_weight') }} as report_value,
        {{ shown_count('report_value', 'is_exact', 'is_weight') }} as report_value_shown
    from told_apart
)

select * from protected
