{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_supplies__current'), {
        'supply_recipients_due': "sum(due_recipients)",
        'supply_recipients': "sum(recipients)",
    }) }}
)

select * from measures
