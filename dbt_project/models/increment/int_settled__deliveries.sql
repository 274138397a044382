-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}
-- depends_on: {{ ref('measure_revisions') }}

with deliveries as (
    select
        register,
        delivery_area,
        month,
        delivery
    from {{ ref('stg_landing__deliveries') }}
    where status = 'landed'
)

select * from deliveries
