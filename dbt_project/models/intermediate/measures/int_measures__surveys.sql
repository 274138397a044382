{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_surveys__current'), {
        'survey_weight': "sum(weight)",
        'survey_weight_squared': "sum(weight * weight)",
        'survey_aware_rights': "sum(case when aware_rights = 'yes' then weight else 0 end)",
        'survey_aware_methods': "sum(case when aware_methods = 'yes' then weight else 0 end)",
        'survey_aware_policy': "sum(case when aware_policy = 'yes' then weight else 0 end)",
        'survey_satisfied': "sum(case when satisfied = 'yes' then weight else 0 end)",
        'survey_participated': "sum(case when participated = 'yes' then weight else 0 end)",
    }) }}
)

select * from measures
