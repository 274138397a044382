{{ config(materialized='view') }}

with plain as (
    {{ measures_long(ref('int_births__current'), dict(event_measures('births'), **{
        'births_in_policy_beyond_regime': "count(*) filter (where policy_status = 'in_policy' and allowed_to = 'no_couple')",
        'births_out_of_policy_within_regime': "count(*) filter (where parity >= 2 and policy_status = 'out_of_policy' and allowed_to = 'every_couple')",
    })) }}
),

by_age as (
    {{ measures_long(ref('int_births__current'), {
        'births_by_age': "count(*)",
    }, stratum='mother_age_group') }}
),

measures as (
    select * from plain
    union all
    select * from by_age
)

select * from measures
