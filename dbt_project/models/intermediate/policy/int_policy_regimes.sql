with counties as (
    select distinct county_code from {{ ref('int_area_attribution') }}
),

regimes as (
    select * from {{ ref('policy_regimes') }}
),

starts as (
    select * from {{ ref('policy_regime_starts') }}
),

dated as (
    select
        counties.county_code,
        regimes.regime,
        regimes.children_allowed,
        regimes.children_conditional,
        coalesce(starts.valid_from, regimes.valid_from) as valid_from
    from counties
    cross join regimes
    left join starts
        on
            regimes.regime = starts.regime
            and starts.area_prefix = substr(counties.county_code, 1, length(starts.area_prefix))
    {# The longest prefix holds: a city's own date before its province's. #}
    qualify
        row_number() over (
            partition by counties.county_code, regimes.regime
            order by coalesce(length(starts.area_prefix), 0) desc
        ) = 1
),

final as (
    select
        *,
        lead(valid_from) over (partition by county_code order by valid_from) as valid_to
    from dated
)

select * from final
