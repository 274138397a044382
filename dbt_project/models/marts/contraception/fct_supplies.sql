{{ config(materialized='view') }}

with supplies as (
    select * from {{ ref('int_supplies__current') }}
),

final as (
    select
        area_code,
        county_code,
        supply_month,
        event_month,
        reported_month,
        cast(due_recipients as int) as due_recipients,
        cast(recipients as int) as recipients,
        cast(followed_up as int) as followed_up
    from supplies
)

select * from final
