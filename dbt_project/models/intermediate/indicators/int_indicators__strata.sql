{{ config(materialized='view') }}

with live as (
    select * from {{ ref('int_indicators__live') }}
),

age_groups as (
    select * from {{ ref('age_groups') }}
),

strata as (
    select
        indicator,
        '' as stratum
    from live
    where strata is null
    union all
    select
        live.indicator,
        age_groups.age_group as stratum
    from live
    cross join age_groups
    where live.strata = 'age_group'
)

select * from strata
