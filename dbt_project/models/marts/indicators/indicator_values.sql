{{ config(materialized='view') }}

with estimated as (
    select * from {{ ref('int_indicator_values') }}
),

final as (
    {{ with_vintage('estimated') }}
)

select * from final
