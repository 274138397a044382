{{ config(materialized='view') }}

with marriages as (
    select * from {{ ref('int_marriages__current') }}
),

final as (
    select
        area_code,
        county_code,
        event_date,
        event_month,
        reported_month,
        event_type
    from marriages
)

select * from final
