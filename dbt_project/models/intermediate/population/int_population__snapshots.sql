{{ config(materialized='view') }}

with deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

snapshots as (
    select
        delivery_area,
        month,
        delivery
    from deliveries
    where register = 'population' and status = 'landed'
)

select * from snapshots
