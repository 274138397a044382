{{ config(materialized='view') }}

with counted as (
    select * from {{ ref('int_measures__counted') }}
),

seen as (
    select * from {{ ref('int_entities__seen') }}
),

counts as (
    select
        area_code,
        month,
        clock,
        measure,
        stratum as part,
        value
    from counted
    union all
    {# One by one: a window counts an entity once, which a month's number of them does not tell. #}
    select
        area_code,
        month,
        clock,
        measure,
        entity as part,
        1 as value
    from seen
)

select * from counts
