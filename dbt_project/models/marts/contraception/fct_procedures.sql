{{ config(materialized='view') }}

with procedures as (
    select * from {{ ref('int_procedures__current') }}
),

final as (
    select
        area_code,
        county_code,
        procedure_date,
        event_month,
        reported_month,
        procedure_type,
        institution_code,
        informed_choice = 'yes' as is_informed_choice,
        due_date,
        {{ days_between('due_date', 'procedure_date') }} as delay_days,
        followup_due_date,
        followup_date
    from procedures
)

select * from final
