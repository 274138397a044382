{{ config(materialized='view') }}

with visits as (
    select * from {{ ref('int_pregnancy_visits__current') }}
),

counted as (
    select
        county_code,
        pregnancy_no,
        count(*) as visits,
        min(visit_date) as first_visit_date,
        max(visit_date) as last_visit_date
    from visits
    group by county_code, pregnancy_no
)

select * from counted
