{{ config(materialized='view') }}

with funnels as (
    select * from {{ ref('int_indicator_funnels') }}
),

final as (
    {{ funnels_with_vintage('funnels') }}
)

select * from final
