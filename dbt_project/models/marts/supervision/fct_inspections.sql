{{ config(materialized='view') }}

with inspections as (
    select * from {{ ref('int_inspections__current') }}
),

final as (
    select
        area_code,
        county_code,
        visited_on,
        event_month,
        reported_month,
        visit_type,
        item,
        passed = 'yes' as is_passed,
        rectify_by,
        rectified_on,
        {{ days_between('rectify_by', 'rectified_on') }} as rectification_delay_days
    from inspections
)

select * from final
