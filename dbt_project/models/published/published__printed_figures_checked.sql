{{ config(materialized='view') }}

with checked as (
    select * from {{ ref('printed_figures_checked') }}
)

select * from checked
