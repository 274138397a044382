{{ config(materialized='view') }}

with surveys as (
    select * from {{ ref('int_surveys__current') }}
),

final as (
    select
        area_code,
        county_code,
        interview_date,
        event_month,
        reported_month,
        survey,
        stratum,
        weight,
        aware_rights = 'yes' as is_aware_of_rights,
        aware_methods = 'yes' as is_aware_of_methods,
        aware_policy = 'yes' as is_aware_of_policy,
        satisfied = 'yes' as is_satisfied,
        participated = 'yes' as has_participated
    from surveys
)

select * from final
