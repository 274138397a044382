with indicators as (
    select * from {{ ref('indicators') }}
),

live as (
    select indicator from {{ ref('int_indicators__live') }}
),

final as (
    select
        indicators.*,
        live.indicator is not null as is_live
    from indicators
    left join live on indicators.indicator = live.indicator
)

select * from final
