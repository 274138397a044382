{{ config(materialized='view') }}

with insurance as (
    select * from {{ ref('int_insurance__stock') }}
),

final as (
    select
        area_code,
        {{ area_at('area_code', 'county') }} as county_code,
        month,
        scheme,
        cast(insured as bigint) as insured
    from insurance
)

select * from final
