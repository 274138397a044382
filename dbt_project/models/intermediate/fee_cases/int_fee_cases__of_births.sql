{# Counted by birth and not by case, so that a birth with two cases is one and the share cannot pass 100 %. #}
with births as (
    select * from {{ ref('int_births__current') }}
    where policy_status = 'out_of_policy'
),

with_case as (
    select distinct
        birth_no,
        county_code
    from {{ ref('int_fee_cases__current') }}
),

births_with_case as (
    select
        births.birth_no,
        births.area_code,
        births.county_code,
        births.event_month,
        births.reported_month
    from births
    inner join with_case on births.birth_no = with_case.birth_no and births.county_code = with_case.county_code
)

select * from births_with_case
