{{ config(materialized='view') }}

with institution_inspections as (
    select * from {{ ref('int_institution_inspections__current') }}
),

final as (
    select
        area_code,
        county_code,
        inspected_on,
        event_month,
        reported_month,
        institution_code,
        item,
        passed = 'yes' as is_passed,
        rectified_on,
        {{ days_between('inspected_on', 'rectified_on') }} as days_to_rectify
    from institution_inspections
)

select * from final
