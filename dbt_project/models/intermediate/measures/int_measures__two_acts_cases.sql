{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_two_acts_cases__current'), {
        'two_acts_cases_filed': "count(*)",
        'two_acts_cases_closed': "count_if(closed_date is not null)",
        'two_acts_typical': "count_if(typical = 'yes')",
    }) }}
)

select * from measures
