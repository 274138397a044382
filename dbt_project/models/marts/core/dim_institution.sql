with institutions as (
    select * from {{ ref('int_institutions') }}
),

final as (
    select
        institution_code,
        area_code,
        county_code,
        institution_level,
        is_standardised,
        opened_on,
        is_on_register
    from institutions
)

select * from final
