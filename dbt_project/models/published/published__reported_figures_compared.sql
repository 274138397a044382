{#
    A reported figure stands beside the published value of its area, indicator and period on the report clock, protected and held as that
    is: nothing is told of the registers that indicator_values does not tell, and the verdict moves when the value does. Below the
    city a figure is within rounding that some counts within half a base of the published ones give (twice half a base where two are subtracted).
    How far others are off is not said: with it a reported rate, and so its counts, could be worked out.
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

{# Windows of the same months hold the same figure; the first by name speaks. #}
beside as (
    select
        compared.*,
        coalesce(levels.area_level, '') as area_level,
        shown.`window`,
        shown.numerator,
        shown.denominator,
        shown.value,
        shown.status,
        live.is_amount,
        coalesce(levels.area_level, '') = 'city' or live.is_of_persons = 0 as is_exact,
        case when live.numerator_less is null then {{ half }} else {{ 2 * half }} end as numerator_rounding,
        live.per * case when live.annualised then 12.0 / nullif(periods.length_months, 0) else 1 end as factor
    from compared
    left join levels on compared.area_code = levels.area_code
    left join live on compared.indicator = live.indicator
    left join periods
        on
            compared.period_to = periods.period_end
            and day(compared.period_from) = 1
            and {{ months_between('compared.period_from', 'compared.period_to') }} + 1 = periods.length_months
    left join shown
        on
            compared.area_code = shown.area_code
            and compared.indicator = shown.indicator
            and periods.`window` = shown.`window`
            and compared.period_to = shown.period_end
    qualify
        row_number() over (
            partition by
                compared.area_code, compared.period_from, compared.period_to, compared.indicator, compared.reported_in
            order by case when shown.`window` is null then 1 else 0 end, shown.`window`
        ) = 1
),

{# The values that counts within rounding give. Of money below the city whole points are shown, and a count has no denominator. #}
ranged as (
    select
        *,
        case
            when is_exact then value
            when is_amount = 1 then value - 0.5
            when denominator is null then value - numerator_rounding
            else factor * least(
                (numerator - numerator_rounding) / nullif(denominator - {{ half }}, 0),
                (numerator - numerator_rounding) / nullif(denominator + {{ half }}, 0)
            )
        end as low,
        case
            when is_exact then value
            when is_amount = 1 then value + 0.5
            when denominator is null then value + numerator_rounding
            else factor * greatest(
                (numerator + numerator_rounding) / nullif(denominator - {{ half }}, 0),
                (numerator + numerator_rounding) / nullif(denominator + {{ half }}, 0)
            )
        end as high,
        case
            when reason in ('not_recomputable', 'no_delivery') then reason
            when `window` is null then 'not_published'
            when value is null then status
            else ''
        end as shown_reason
    from beside
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
