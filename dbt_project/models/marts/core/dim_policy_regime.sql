with regimes as (
    select * from {{ ref('policy_regimes') }}
),

final as (
    select
        regime,
        name_zh,
        name_en,
        children_allowed,
        children_conditional,
        valid_from,
        lead(valid_from) over (order by valid_from) as valid_to,
        note
    from regimes
)

select * from final
