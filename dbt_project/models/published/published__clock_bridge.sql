{{ config(materialized='view') }}

{# The four counts of a row are held together, or the bridge would not add up. #}
{%- set counts = ['event_value', 'reported_later', 'found_late', 'report_value'] %}

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
        {% for count in counts %}
        last_shown.{{ count }} as last_{{ count }},
        {% endfor %}
        {% for count in counts %}
        {{ 'and ' if not loop.first }}{{ is_held('bridge.' ~ count, 'last_shown.' ~ count, 'last_shown.area_code', 'true') }}
        {% endfor %}
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
        {% for count in counts %}
        case when is_row_held then last_{{ count }} else {{ count }} end as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
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
        {% for count in counts %}
        {{ count }},
        cast(cast(round({{ count }}) as bigint) as string) as {{ count }}_shown{{ ',' if not loop.last }}
        {% endfor %}
    from held
)

select * from final
