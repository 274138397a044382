{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_household_entries__current'), {
        'newborns_entered': "count(*)",
    }) }}
)

select * from measures
