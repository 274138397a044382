{{ config(materialized='view') }}

with card_reads as (
    select * from {{ ref('int_card_reads__current') }}
),

daily as (
    select
        area_code,
        county_code,
        read_date,
        event_month,
        min(reported_month) as reported_month,
        cast(sum(service_contacts) as bigint) as service_contacts,
        cast(sum(valid_reads) as bigint) as valid_reads
    from card_reads
    group by area_code, county_code, read_date, event_month
)

select * from daily
