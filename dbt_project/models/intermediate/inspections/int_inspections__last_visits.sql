-- depends_on: {{ ref('int_touched__months') }}

{%- set hook = "{{ delete_last_visits() }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with areas as (
    select * from {{ ref('int_areas') }}
),

items as (
    select * from {{ ref('attested_items') }}
),

months as (
    select * from {{ ref('int_months') }}
    where is_reported and month >= {{ counts_from('inspections') }}
),

inspections as (
    select * from {{ ref('int_inspections__current') }}
),

due as (
    select
        areas.area_code,
        areas.area_level,
        items.item,
        items.needs_three_years,
        months.month,
        months.month_end as period_end,
        {{ add_months('months.month', -11) }} as first_month
    from areas
    inner join items on areas.area_level = items.level
    inner join months
        on
            areas.valid_from <= months.month_end
            and (areas.valid_to is null or areas.valid_to > months.month_end)
),

{# What the area could know at the end of the month: visits of the last twelve months that had been delivered. #}
last_visits as (
    select
        due.area_code,
        due.area_level,
        due.item,
        due.needs_three_years,
        due.period_end,
        inspections.visited_on,
        inspections.passed,
        case
            when inspections.rectified_on <= due.period_end and inspections.rectified_on <= inspections.rectify_by
                then inspections.rectified_on
        end as rectified_on
    from due
    left join inspections
        on
            due.area_code = inspections.area_code
            and due.item = inspections.item
            and due.first_month <= inspections.visited_on
            and due.period_end >= inspections.visited_on
            and due.month >= inspections.reported_month
    qualify
        row_number() over (
            partition by due.area_code, due.item, due.period_end
            order by
                case when inspections.visited_on is null then 1 else 0 end,
                inspections.visited_on desc,
                inspections.visit_no desc
        ) = 1
)

select * from last_visits
