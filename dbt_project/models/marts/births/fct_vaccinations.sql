{{ config(materialized='view') }}

with vaccinations as (
    select * from {{ ref('int_vaccinations__current') }}
),

final as (
    select
        area_code,
        county_code,
        dose_date,
        event_month,
        reported_month,
        birth_date,
        {{ days_between('birth_date', 'dose_date') }} as days_to_dose,
        sex
    from vaccinations
)

select * from final
