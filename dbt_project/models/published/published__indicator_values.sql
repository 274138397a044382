{{ config(materialized='view') }}

with estimated as (
    select * from {{ ref('int_indicator_values__protected') }}
),

final as (
    {{ with_vintage('estimated', is_protected=true) }}
)

select * from final
