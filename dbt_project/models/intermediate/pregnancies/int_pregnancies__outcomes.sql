{{ config(materialized='view') }}

with pregnancies as (
    select * from {{ ref('int_pregnancies__current') }}
),

{# Births and procedures from before the calendar were never delivered. #}
calendar as (
    select min(month) as begins_on from {{ ref('int_months') }}
),

evidence as (
    select
        county_code,
        pregnancy_no,
        sum(live_births) as live_births,
        min(case when kind = 'live_birth' then ended_on end) as born_on,
        min(case when kind = 'termination' then ended_on end) as terminated_on
    from {{ ref('int_pregnancies__evidence') }}
    where pregnancy_no is not null
    group by county_code, pregnancy_no
),

found as (
    select
        pregnancies.county_code,
        pregnancies.pregnancy_no,
        pregnancies.outcome,
        coalesce(pregnancies.outcome_date < calendar.begins_on, false) as is_before_calendar,
        case
            when evidence.born_on is not null then 'live_birth'
            when evidence.terminated_on is not null then 'termination'
        end as found_outcome,
        coalesce(evidence.born_on, evidence.terminated_on) as found_on,
        coalesce(evidence.live_births, 0) as live_births
    from pregnancies
    cross join calendar
    left join evidence
        on pregnancies.county_code = evidence.county_code and pregnancies.pregnancy_no = evidence.pregnancy_no
),

compared as (
    select
        county_code,
        pregnancy_no,
        outcome,
        found_outcome,
        found_on,
        live_births,
        case
            when outcome = found_outcome then 'confirmed'
            when outcome = 'unrecorded' and found_outcome is not null then 'found'
            when outcome = 'unrecorded' then 'open'
            when found_outcome is not null then 'contradicted'
            when outcome not in ('live_birth', 'termination') then 'not_linkable'
            when is_before_calendar then 'before_calendar'
            else 'unconfirmed'
        end as outcome_link
    from found
)

select * from compared
