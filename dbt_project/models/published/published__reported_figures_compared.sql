{#
    A reported figure stands beside the published value of its area, indicator and period on the report clock, protected and held as
    that is: nothing is told of the registers that indicator_values does not tell, and the verdict moves when the value does.
    Below the city a figure is within rounding if counts within half a base of the published ones give it (a whole base where two are
    subtracted). How far others are off is not said: with it a reported rate, and so its counts, could be worked out.
#}
{%- set half = var('base') / 2 %}

with compared as (
    select * from {{ ref('reported_figures_compared') }}
),

shown as (
    select * from {{ ref('published__indicator_values') }}
    where clock = 'report'
),

live as (
    select * from {{ ref('int_indicators__live') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

windows as (
    select * from {{ ref('windows') }}
),

months as (
    select * from {{ ref('int_months') }}
),

levels as (
    select distinct
        area_code,
        area_level
    from areas
),

periods as (
    select
        windows.`window`,
        months.month_end as period_end,
        coalesce(windows.length_months, months.policy_year_month_no) as length_months
    from windows
    cross join months
),

dated as (
    select
        *,
        case
            when day(period_from) = 1
                then {{ months_between('period_from', 'period_to') }} + 1
        end as length_months
    from compared
),

{# Windows of the same months hold the same figure; the first by name speaks. #}
beside as (
    select
        dated.*,
        coalesce(levels.area_level, '') as area_level,
        shown.`window`,
        shown.numerator,
        shown.denominator,
        shown.value,
        shown.status,
        live.is_amount,
        coalesce(levels.area_level, '') = 'city' or live.is_of_persons = 0 as is_exact,
        live.per * case when live.annualised then 12.0 / nullif(dated.length_months, 0) else 1 end as factor,
        case when live.numerator_less is null then {{ half }} else {{ 2 * half }} end as rounding
    from dated
    left join levels on dated.area_code = levels.area_code
    left join live on dated.indicator = live.indicator
    left join periods
        on
            dated.period_to = periods.period_end
            and dated.length_months = periods.length_months
    left join shown
        on
            dated.area_code = shown.area_code
            and dated.indicator = shown.indicator
            and periods.`window` = shown.`window`
            and dated.period_to = shown.period_end
    qualify
        row_number() over (
            partition by
                dated.area_code, dated.period_from, dated.period_to, dated.indicator, dated.reported_in
            order by case when shown.`window` is null then 1 else 0 end, shown.`window`
        ) = 1
),

bounded as (
    select
        *,
        numerator - rounding as numerator_low,
        numerator + rounding as numerator_high,
        1 / nullif(denominator - {{ half }}, 0) as share_high,
        1 / nullif(denominator + {{ half }}, 0) as share_low
    from beside
),

{# The values that counts within rounding give. Below the city money is in whole points; a count has no denominator. #}
ranged as (
    select
        *,
        case
            when is_exact then value
            when is_amount = 1 then value - 0.5
            when denominator is null then value - rounding
            else factor * least(numerator_low * share_low, numerator_low * share_high)
        end as low,
        case
            when is_exact then value
            when is_amount = 1 then value + 0.5
            when denominator is null then value + rounding
            else factor * greatest(numerator_high * share_low, numerator_high * share_high)
        end as high,
        case
            when reason in ('not_recomputable', 'no_delivery') then reason
            when `window` is null then 'not_published'
            when value is null then status
            else ''
        end as shown_reason
    from bounded
),

final as (
    select
        area_code,
        area_level,
        period_from,
        period_to,
        indicator,
        reported_in,
        `window`,
        case when is_exact then reported_value end as reported_value,
        case when is_exact and shown_reason = '' then value end as recomputed_value,
        case when is_exact and shown_reason = '' then {{ stable('reported_value - value') }} end as difference,
        case
            when shown_reason <> '' then 'cannot_be_checked'
            when
                is_exact
                and abs(reported_value - value) <= {{ half_a_digit() }}
                and reported_numerator = numerator
                and reported_denominator = denominator
                then 'agrees'
            when reported_value between low - {{ half_a_digit() }} and high + {{ half_a_digit() }}
                then 'agrees_within_rounding'
            else 'differs'
        end as comparison,
        shown_reason as reason,
        is_consistent
    from ranged
)

select * from final
