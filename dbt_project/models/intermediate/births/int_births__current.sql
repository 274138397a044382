-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('births', ['delivery_area', 'birth_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_births'), ['birth_no'], kept='births') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

age_groups as (
    select * from {{ ref('age_groups') }}
),

regimes as (
    select * from {{ ref('int_policy_regimes') }}
),

aged as (
    select
        *,
        {{ age_on('mother_birth_date', 'birth_date') }} as mother_age,
        {{ days_between('birth_date', 'registered_at') }} as registration_delay_days
    from standing
),

derived as (
    select
        aged.delivery_area,
        aged.birth_no,
        aged.mother_id_pseudonym,
        attribution.attributed_code as area_code,
        attribution.county_code,
        aged.birth_date,
        {{ month_start('aged.birth_date') }} as event_month,
        aged.reported_month,
        aged.registered_at,
        aged.sex,
        aged.parity,
        aged.mother_age,
        coalesce(age_groups.age_group, 'unknown') as mother_age_group,
        aged.policy_status,
        regimes.regime as policy_regime,
        case
            when aged.parity <= regimes.children_allowed then 'every_couple'
            when aged.parity <= regimes.children_conditional then 'some_couples'
            when aged.parity > regimes.children_conditional then 'no_couple'
        end as allowed_to,
        aged.institution_code,
        aged.registration_delay_days,
        aged.registration_delay_days <= {{ var('timely_days') }} as is_timely
    from aged
    inner join attribution on aged.area_code = attribution.area_code
    left join age_groups
        on least(greatest(aged.mother_age, 15), 49) between age_groups.from_age and age_groups.to_age
    left join regimes
        on
            attribution.county_code = regimes.county_code
            and aged.birth_date >= regimes.valid_from
            and (regimes.valid_to is null or aged.birth_date < regimes.valid_to)
)

select * from derived
