{#
    Dual-system estimates of how many there are, from two lists: `first` on the one, `second` on the other, `both` on both.
    Null where no record is on both lists: nothing links them.
#}

{# Chandrasekar and Deming (1949), JASA 44: first * second / both, if being on one list says nothing about being on the other. #}
{% macro dual_system(first, second, both) -%} (({{ first }}) * ({{ second }}) / nullif({{ both }}, 0)) {%- endmacro %}

{# Chapman (1951): the same, nearly without bias in small counts. #}
{% macro chapman(first, second, both) -%}
    case when ({{ both }}) > 0 then (({{ first }}) + 1) * (({{ second }}) + 1) / (({{ both }}) + 1) - 1 end
{%- endmacro %}

{# Those on neither list: the estimate less the union of the lists. #}
{% macro missed_by_both(first, second, both) -%}
    ((({{ first }}) - ({{ both }})) * (({{ second }}) - ({{ both }})) / nullif({{ both }}, 0))
{%- endmacro %}

{# Variance of the estimate (Chandrasekar and Deming 1949): first * second * only first * only second / both^3. #}
{% macro dual_system_variance(first, second, both) -%}
    ({{ dual_system(first, second, both) }} * {{ missed_by_both(first, second, both) }} / nullif({{ both }}, 0))
{%- endmacro %}

{#
    95 % limit of the estimate, the number missed taken as log-normal (Chao 1987, Biometrics 43): union + missed * C^side with
    C = exp(z sqrt(ln(1 + variance / missed^2))). It never falls below the union of the lists. `side` is -1 or 1.
#}
{% macro dual_system_limit(union_count, missed, variance, side) -%}
    (({{ union_count }}) + case
        when ({{ missed }}) > 0
            then ({{ missed }}) * exp(({{ side }}) * {{ var('z') }} * sqrt(
                ln(1 + ({{ variance }}) / nullif(({{ missed }}) * ({{ missed }}), 0))
            ))
        when ({{ missed }}) = 0 then 0
    end)
{%- endmacro %}

{#
    Counts to estimates: `counts` has one row per area x window x list pair with births_unadjusted (on the register), births_listed
    (on the other list), births_in_both and availability; nothing is estimated from a withheld or an undelivered count.
#}
{% macro estimated_births(counts) -%}
    {%- set lists = ['births_unadjusted', 'births_listed', 'births_in_both'] -%}
    select
        area_code,
        area_level,
        `window`,
        period_end,
        list_pair,
        births_unadjusted,
        births_listed,
        births_in_both,
        births_unadjusted + births_listed - births_in_both as births_in_either,
        {{ missed_by_both(*lists) }} as births_missed,
        {{ dual_system(*lists) }} as births_adjusted,
        {{ chapman(*lists) }} as births_adjusted_chapman,
        {{ dual_system_variance(*lists) }} as variance,
        case
            when availability in ('ok', 'provisional') and births_in_both = 0 then 'empty_denominator'
            else availability
        end as status
    from {{ counts }}
{%- endmacro %}

{# A rate of births as it is with the births that were missed. #}
{% macro adjusted_rate(rate, unadjusted, adjusted) -%} (({{ rate }}) * ({{ adjusted }}) / nullif({{ unadjusted }}, 0)) {%- endmacro %}

{#
    The rates of indicators on which the estimates bear, beside each other: one row per area, window and period end. Deaths are
    those on the register: what natural increase gains is what the birth rate gains.
#}
{% macro rates_of_births(indicator_values) -%}
    select
        area_code,
        `window`,
        period_end,
        max(case when indicator = 'crude_birth_rate' then value end) as crude_birth_rate,
        max(case when indicator = 'natural_increase_rate' then value end) as natural_increase_rate
    from {{ indicator_values }}
    where
        clock = 'event'
        and area_level in ('city', 'county')
        and indicator in ('crude_birth_rate', 'natural_increase_rate')
    group by area_code, `window`, period_end
{%- endmacro %}

{# The table of estimates from estimated rows: limits, completeness, rates, and what has to hold for the figure to be right. #}
{% macro birth_estimates(estimated, rates) -%}
    {%- set spread = ['births_in_either', 'births_missed', 'variance'] -%}
    {%- set adjusted = adjusted_rate('rates.crude_birth_rate', 'estimated.births_unadjusted', 'estimated.births_adjusted') -%}
    select
        estimated.area_code,
        estimated.area_level,
        estimated.`window`,
        estimated.period_end,
        estimated.list_pair,
        {{ vintage() }} as vintage,
        estimated.births_unadjusted,
        estimated.births_listed,
        estimated.births_in_both,
        estimated.births_in_either,
        {{ stable('estimated.births_missed') }} as births_missed,
        {{ stable('estimated.births_adjusted') }} as births_adjusted,
        {{ stable('estimated.births_adjusted_chapman') }} as births_adjusted_chapman,
        {{ stable(dual_system_limit(*spread, side=-1)) }} as low,
        {{ stable(dual_system_limit(*spread, side=1)) }} as high,
        {{ stable('100 * estimated.births_unadjusted / nullif(estimated.births_adjusted, 0)') }} as completeness,
        {{ stable(adjusted) }} as crude_birth_rate_adjusted,
        {{ stable('rates.natural_increase_rate - rates.crude_birth_rate + ' ~ adjusted) }} as natural_increase_rate_adjusted,
        estimated.status,
        pairs.assumptions_zh,
        pairs.assumptions_en
    from {{ estimated }} as estimated
    inner join {{ ref('list_pairs') }} as pairs on estimated.list_pair = pairs.list_pair
    left join {{ rates }} as rates
        on
            estimated.area_code = rates.area_code
            and estimated.`window` = rates.`window`
            and estimated.period_end = rates.period_end
{%- endmacro %}
