{{ config(materialized='view') }}

with decided as (
    {{ measures_long(ref('int_fee_cases__current'), dict(event_measures('fee_cases_decided'), **{
        'fee_amount_due': "sum(case when decision_date is not null then amount_due else 0 end)",
    })) }}
),

at_court as (
    {{ measures_long(ref('int_fee_cases__current'), event_measures('fee_cases_at_court'),
        clocks={'event': 'court_applied_month', 'report': 'court_applied_reported_month'}) }}
),

of_births as (
    {{ measures_long(ref('int_fee_cases__of_births'), {
        'fee_cases_filed': "count(*)",
    }) }}
),

measures as (
    select * from decided
    union all
    select * from at_court
    union all
    select * from of_births
)

select * from measures
