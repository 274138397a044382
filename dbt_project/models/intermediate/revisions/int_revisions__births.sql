{{ config(materialized='view') }}

with changes as (
    {{ counted_changes(ref('stg_births'), ['birth_no'], 'birth_date', {
        'births': "count(*)",
        'births_male': "count_if(sex = 'male')",
        'births_female': "count_if(sex = 'female')",
        'births_in_policy': "count_if(policy_status = 'in_policy')",
        'births_out_of_policy': "count_if(policy_status = 'out_of_policy')",
    }) }}
)

select * from changes
