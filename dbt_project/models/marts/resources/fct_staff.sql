{{ config(materialized='view') }}

with staff as (
    select * from {{ ref('int_staff__spells') }}
),

final as (
    select
        area_code,
        county_code,
        level as post_level,
        post_type,
        on_establishment = 'yes' as is_on_establishment,
        certified = 'yes' as is_certified,
        pay_due,
        pay_paid,
        from_month,
        to_month
    from staff
)

select * from final
