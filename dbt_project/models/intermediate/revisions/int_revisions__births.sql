{{ config(materialized='view') }}

with changes as (
    {{ row_changes(ref('stg_births'), ['birth_no'], 'birth_date') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

counted as (
    select
        attribution.attributed_code as area_code,
        {{ month_start('changes.birth_date') }} as event_month,
        changes.vintage_month,
        changes.change,
        changes.sign,
        count(*) as births,
        count_if(changes.sex = 'male') as births_male,
        count_if(changes.sex = 'female') as births_female,
        count_if(changes.policy_status = 'in_policy') as births_in_policy,
        count_if(changes.policy_status = 'out_of_policy') as births_out_of_policy
    from changes
    inner join attribution on changes.area_code = attribution.area_code
    group by
        attribution.attributed_code, {{ month_start('changes.birth_date') }}, changes.vintage_month, changes.change,
        changes.sign
),

long_form as (
    {% for measure in ['births', 'births_male', 'births_female', 'births_in_policy', 'births_out_of_policy'] %}
    {{ 'union all' if not loop.first }}
    select
        area_code,
        '{{ measure }}' as measure,
        event_month,
        vintage_month,
        change,
        sign,
        {{ measure }} as records
    from counted
    {% endfor %}
)

select * from long_form
