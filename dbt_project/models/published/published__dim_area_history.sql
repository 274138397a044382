{{ config(materialized='view') }}

with source as (
    select * from {{ ref('dim_area') }}
)

select * from source
