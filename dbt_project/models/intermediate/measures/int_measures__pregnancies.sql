{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_pregnancies__current'), {
        'pregnancies_registered': "count(*)",
        'pregnancies_registered_first_trimester': "count_if(" ~ days_between('lmp_date', 'first_seen_date') ~ " < 91)",
    }) }}
)

select * from measures
