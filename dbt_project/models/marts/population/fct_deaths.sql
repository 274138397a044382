{{ config(materialized='view') }}

with deaths as (
    select * from {{ ref('int_deaths__current') }}
),

final as (
    select
        area_code,
        county_code,
        death_date,
        event_month,
        reported_month,
        registered_at,
        registration_delay_days,
        sex,
        cast(age as int) as age
    from deaths
)

select * from final
