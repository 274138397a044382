{{ config(materialized='view') }}

with two_acts_cases as (
    select * from {{ ref('int_two_acts_cases__current') }}
),

final as (
    select
        area_code,
        county_code,
        filed_date,
        event_month,
        reported_month,
        closed_date,
        {{ days_between('filed_date', 'closed_date') }} as days_to_close,
        institution_code,
        act_type,
        lead_source,
        typical = 'yes' as is_typical,
        cast(practitioners_licence_revoked as int) as practitioners_licence_revoked,
        cast(institutions_licence_revoked as int) as institutions_licence_revoked,
        cast(persons_sentenced as int) as persons_sentenced,
        fine_amount
    from two_acts_cases
)

select * from final
