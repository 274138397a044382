-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}

with deliveries as (
    select
        delivery_area,
        month,
        delivery
    from {{ ref('stg_landing__deliveries') }}
    where status = 'landed' and register = 'population'
)

select * from deliveries
