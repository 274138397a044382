{{ config(materialized='view') }}

with floating_population as (
    select * from {{ ref('int_floating_population__current') }}
),

final as (
    select
        area_code,
        county_code,
        due_date,
        event_month,
        reported_month,
        other_area_code,
        direction,
        submitted_date,
        {{ days_between('due_date', 'submitted_date') }} as submission_delay_days,
        feedback_due_date,
        feedback_date,
        {{ days_between('feedback_due_date', 'feedback_date') }} as feedback_delay_days,
        free_service = 'yes' as is_served_free
    from floating_population
)

select * from final
