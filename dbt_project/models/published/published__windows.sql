with source as (
    select * from {{ ref('windows') }}
),

final as (
    select
        `window`,
        name_zh,
        name_en,
        length_months
    from source
)

select * from final
