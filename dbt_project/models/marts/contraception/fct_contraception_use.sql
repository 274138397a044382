{{ config(materialized='view') }}

with contraception_use as (
    select * from {{ ref('int_contraception_use__spells') }}
),

final as (
    select
        area_code,
        county_code,
        method,
        method_since,
        informed_choice = 'yes' as is_informed_choice,
        from_month,
        to_month
    from contraception_use
)

select * from final
