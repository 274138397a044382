{{ config(materialized='view') }}

with triangle as (
    select
        *,
        area_level = 'city' as is_exact
    from {{ ref('measure_triangle') }}
),

protected as (
    select
        area_code,
        area_level,
        measure,
        event_month,
        vintage_month,
        replaced_month,
        {{ protect_count('value', 'is_exact') }} as value,
        {{ shown_count('value', 'is_exact') }} as value_shown
    from triangle
)

select * from protected
