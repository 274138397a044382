{{ config(materialized='view') }}

with plain as (
    {{ measures_long(ref('int_births__current'), {
        'births': "count(*)",
        'births_male': "count_if(sex = 'male')",
        'births_female': "count_if(sex = 'female')",
        'births_in_policy': "count_if(policy_status = 'in_policy')",
        'births_out_of_policy': "count_if(policy_status = 'out_of_policy')",
        'births_p1': "count_if(parity = 1)",
        'births_p2': "count_if(parity = 2)",
        'births_p3plus': "count_if(parity >= 3)",
        'births_2plus': "count_if(parity >= 2)",
        'births_2plus_in_policy': "count_if(parity >= 2 and policy_status = 'in_policy')",
        'births_3plus_out_of_policy': "count_if(parity >= 3 and policy_status = 'out_of_policy')",
        'births_p1_male': "count_if(parity = 1 and sex = 'male')",
        'births_p1_female': "count_if(parity = 1 and sex = 'female')",
        'births_p2_male': "count_if(parity = 2 and sex = 'male')",
        'births_p2_female': "count_if(parity = 2 and sex = 'female')",
        'births_p3plus_male': "count_if(parity >= 3 and sex = 'male')",
        'births_p3plus_female': "count_if(parity >= 3 and sex = 'female')",
        'births_registered_timely': "count_if(is_timely)",
        'births_in_policy_beyond_regime': "count_if(policy_status = 'in_policy' and allowed_to = 'no_couple')",
        'births_out_of_policy_within_regime': "count_if(parity >= 2 and policy_status = 'out_of_policy' and allowed_to = 'every_couple')",
    }) }}
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
