{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('stg_budgets') }}
    where valid_to_month is null
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

latest as (
    select * from versions
    qualify row_number() over (partition by area_code, figure_year order by valid_from_month desc) = 1
),

yearly as (
    select
        attribution.attributed_code as area_code,
        attribution.county_code,
        latest.figure_year,
        sum(latest.amount) as amount
    from latest
    inner join attribution on latest.area_code = attribution.area_code
    group by attribution.attributed_code, attribution.county_code, latest.figure_year
)

select * from yearly
