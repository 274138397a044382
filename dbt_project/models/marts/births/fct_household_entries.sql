{{ config(materialized='view') }}

with household_entries as (
    select * from {{ ref('int_household_entries__current') }}
),

final as (
    select
        area_code,
        county_code,
        entry_date,
        event_month,
        reported_month,
        birth_date,
        {{ days_between('birth_date', 'entry_date') }} as days_to_entry,
        sex
    from household_entries
)

select * from final
