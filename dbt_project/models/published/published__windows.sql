with source as (
    select * from {{ ref('windows') }}
),

final as (
    select
        `window`,
        name_zh,
        name_en
    from source
)

select * from final
