-- depends_on: {{ ref('int_touched__bridge') }}

{%- set hook = "{{ delete_touched('int_touched__bridge') }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    pre_hook=hook
) }}

with months as (
    select * from {{ ref('int_bridge__months') }}
),

windows as (
    select * from {{ ref('int_bridge__periods') }}
),

{% if is_increment() %}
wanted as materialized (
    select
        touched.area_code,
        touched.measure,
        windows.*
    from {{ ref('int_touched__bridge') }} as touched
    inner join windows on touched.`window` = windows.`window` and touched.period_end = windows.period_end
),
{% endif %}

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
    inner join {{ 'wanted' if is_increment() else 'windows' }} as windows
        on
            {{ 'months.area_code = windows.area_code and months.measure = windows.measure and' if is_increment() }}
            (
                months.event_month between windows.first_month and windows.closing_month
                or months.reported_month between windows.first_month and windows.closing_month
            )
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
)

select * from bridged
