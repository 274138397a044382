{{ config(materialized='view') }}

with source as (
    select * from {{ ref('area_boundaries') }}
)

select * from source
