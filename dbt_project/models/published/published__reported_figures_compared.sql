{#
    A rate with two decimals gives its counts away, so below the city neither side is shown, only how far they are apart in whole units, and
    that not where a count is small.
#}
with compared as (
    select * from {{ ref('reported_figures_compared') }}
),

levels as (
    select distinct
        area_code,
        area_level
    from {{ ref('int_areas') }}
),

told_apart as (
    select
        compared.*,
        coalesce(levels.area_level, '') as area_level,
        coalesce(levels.area_level, '') = 'city' as is_exact,
        {{ is_small('coalesce(compared.reported_numerator, 0)') }}
        or {{ is_small('coalesce(compared.reported_denominator, 0)') }}
        or {{ is_small('coalesce(compared.recomputed_numerator, 0)') }}
        or {{ is_small('coalesce(compared.recomputed_denominator, 0)') }} as is_of_few
    from compared
    left join levels on compared.area_code = levels.area_code
),

final as (
    select
        area_code,
        area_level,
        period_from,
        period_to,
        indicator,
        reported_in,
        case when is_exact then reported_value end as reported_value,
        case when is_exact then recomputed_value end as recomputed_value,
        case when is_exact then difference when not is_of_few then round(difference) end as difference,
        comparison,
        reason,
        is_consistent
    from told_apart
)

select * from final
