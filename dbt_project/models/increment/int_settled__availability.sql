-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}

with availability as (
    select
        area_code,
        register,
        month,
        is_covered,
        is_delivered
    from {{ ref('int_availability') }}
)

select * from availability
