{#
    A reported value has two decimals: it agrees when what is recomputed rounds to it. What it says of itself (numerator and
    denominator beside the value) is checked apart, and needs nothing of ours.
#}
with figures as (
    select * from {{ ref('int_reported_figures__current') }}
),

recomputed as (
    select * from {{ ref('int_reported_figures__recomputed') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

joined as (
    select
        figures.*,
        recomputed.numerator as recomputed_numerator,
        recomputed.denominator as recomputed_denominator,
        case
            when recomputed.is_covered = 1
                then {{ stable('recomputed.factor * recomputed.numerator / nullif(recomputed.denominator, 0)') }}
        end as recomputed_value,
        case
            when recomputed.figure is null then 'not_recomputable'
            when recomputed.is_covered = 0 then 'no_delivery'
            when recomputed.denominator = 0 then 'empty_denominator'
            else ''
        end as reason,
        case
            when figures.denominator > 0 and not indicators.annualised
                then {{ own_value('indicators.per', 'figures.numerator', 'figures.denominator') }}
        end as own_value
    from figures
    left join indicators on figures.indicator = indicators.indicator
    left join recomputed on figures.figure = recomputed.figure
),

compared as (
    select
        *,
        {{ stable('reported_value - recomputed_value') }} as difference,
        case
            when reason <> '' then 'cannot_be_checked'
            when
                abs(reported_value - recomputed_value) <= {{ half_a_digit() }}
                and numerator = recomputed_numerator
                and denominator = recomputed_denominator
                then 'agrees'
            when abs(reported_value - recomputed_value) <= {{ half_a_digit() }} then 'agrees_within_rounding'
            else 'differs'
        end as comparison,
        case
            when own_value is null then null
            when abs(reported_value - own_value) <= {{ half_a_digit() }} then 1
            else 0
        end as is_consistent
    from joined
)

select * from compared
