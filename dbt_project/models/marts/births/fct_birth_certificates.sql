{{ config(materialized='view') }}

with birth_certificates as (
    select * from {{ ref('int_birth_certificates__current') }}
),

final as (
    select
        area_code,
        county_code,
        birth_date,
        event_month,
        reported_month,
        issued_on,
        {{ days_between('birth_date', 'issued_on') }} as days_to_issue,
        sex,
        institution_code
    from birth_certificates
)

select * from final
