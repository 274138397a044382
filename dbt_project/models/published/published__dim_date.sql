{{ config(materialized='view') }}

with source as (
    select * from {{ ref('dim_date') }}
)

select * from source
