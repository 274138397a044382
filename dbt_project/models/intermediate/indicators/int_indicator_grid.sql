{{ config(materialized='view') }}

with grid as (
    {{ indicator_grid() }}
)

select * from grid
