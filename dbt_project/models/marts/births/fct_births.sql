{{ config(materialized='view') }}

with births as (
    select * from {{ ref('int_births__current') }}
),

final as (
    select
        area_code,
        county_code,
        birth_date,
        event_month,
        reported_month,
        registered_at,
        registration_delay_days,
        is_timely,
        sex,
        cast(parity as int) as parity,
        cast(mother_age as int) as mother_age,
        mother_age_group,
        policy_status,
        policy_regime,
        allowed_to,
        institution_code
    from births
)

select * from final
