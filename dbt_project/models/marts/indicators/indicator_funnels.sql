{{ config(materialized='view') }}

with funnels as (
    select * from {{ ref('int_indicator_funnels') }}
),

final as (
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        {{ vintage() }} as vintage,
        denominator,
        value,
        parent_code,
        parent_value,
        low_998,
        low_95,
        high_95,
        high_998,
        position
    from funnels
)

select * from final
