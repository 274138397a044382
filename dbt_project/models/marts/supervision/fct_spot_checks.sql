{{ config(materialized='view') }}

with spot_checks as (
    select * from {{ ref('int_spot_checks__current') }}
),

final as (
    select
        area_code,
        county_code,
        checked_on,
        event_month,
        reported_month,
        spot_check_round,
        checked_register,
        checked_field,
        matches = 'yes' as is_matching,
        found_by
    from spot_checks
)

select * from final
