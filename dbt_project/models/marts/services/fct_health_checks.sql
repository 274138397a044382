{{ config(materialized='view') }}

with health_checks as (
    select * from {{ ref('int_health_checks__current') }}
),

final as (
    select
        area_code,
        county_code,
        check_date,
        event_month,
        reported_month,
        check_type,
        eligible_from,
        finding = 'abnormal' as is_abnormal,
        treated_date
    from health_checks
)

select * from final
