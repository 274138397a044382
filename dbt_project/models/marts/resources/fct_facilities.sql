{{ config(materialized='view') }}

with facilities as (
    select * from {{ ref('int_facilities__spells') }}
),

final as (
    select
        area_code,
        county_code,
        institution_code,
        level as institution_level,
        standardised = 'yes' as is_standardised,
        cast(accidents as int) as accidents,
        from_month,
        to_month
    from facilities
)

select * from final
