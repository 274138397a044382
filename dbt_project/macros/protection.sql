{#
    Disclosure control of counts (primary protection; see the vars in dbt_project.yml for the parameters and why).
    `exact` is a condition: the city level is shown exactly. `withheld` is one as well: nothing is shown where it holds.
#}

{% macro is_small(count) -%} (({{ count }}) > 0 and ({{ count }}) <= {{ var('min_count') }}) {%- endmacro %}

{% macro small_range() -%} 1-{{ var('min_count') }} {%- endmacro %}

{# The protected number: exact, rounded, nought, or null for a small count. #}
{% macro protect_count(count, exact, withheld='false') -%}
    case
        when {{ exact }} then {{ count }}
        when {{ is_small(count) }} or {{ withheld }} then null
        else round(({{ count }}) / {{ var('base') }}) * {{ var('base') }}
    end
{%- endmacro %}

{# What a table prints for it. #}
{% macro shown_count(count, exact, withheld='false') -%}
    case
        when not ({{ exact }}) and {{ withheld }} then null
        when not ({{ exact }}) and {{ is_small(count) }} then '{{ small_range() }}'
        else cast(cast(round({{ protect_count(count, exact) }}) as bigint) as string)
    end
{%- endmacro %}

{% macro protection_kind(count, exact, withheld='false') -%}
    case
        when {{ exact }} then 'exact'
        when {{ is_small(count) }} or {{ withheld }} then 'suppressed'
        else 'rounded'
    end
{%- endmacro %}

{#
    Measures that add up weights, or their squares. A weight says how many persons an interview stands for: one answer is a number
    in the hundreds, which no rounding of counts protects. Below the city such sums are shown in shares only, by the sample's size.
#}
{% macro weight_measures() -%}
    {% for part in ['numerator', 'denominator', 'effective'] %}
    {{ 'union' if not loop.first }}
    select {{ part }} as measure from {{ ref('int_indicators__live') }}
    where effective is not null
    {% endfor %}
{%- endmacro %}

{#
    Values are recomputed from protected parts by the macro that the mart uses on exact ones. A rate is withheld when any of its
    parts is small or, once rounded, its denominator is below the minimum. Of a weighted share the cases count, not the weights: it is
    withheld, parts and all, where the effective size is below the minimum, and where few cases make up its numerator. There are never
    fewer interviews than the effective size says.
#}
{% macro protected_values(relation) -%}
with parts as (
    select
        *,
        area_level = 'city' as is_exact,
        {{ effective_count('plus', 'denominator', 'effective_size') }} as effective_plus
    from {{ relation }}
),

sized as (
    select
        *,
        coalesce(effective_size < {{ var('min_denominator') }}, false) as is_few
    from parts
),

protected as (
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        clock,
        interval_method,
        factor,
        availability,
        stratum,
        is_count,
        {{ protect_count('plus', 'is_exact', 'is_few or ' ~ is_small('effective_plus')) }} as plus,
        {{ protect_count('less', 'is_exact') }} as less,
        {{ protect_count('denominator', 'is_exact', 'is_few') }} as denominator,
        {{ protect_count('effective_size', 'is_exact', 'is_few') }} as effective_size,
        case
            when is_exact then 0
            when is_few or {{ is_small('effective_plus') }} then 1
            when {{ is_small('plus') }} or {{ is_small('less') }} or {{ is_small('denominator') }} then 1
            when
                denominator > 0 and {{ protect_count('denominator', 'is_exact') }} < {{ var('min_denominator') }}
                then 1
            else 0
        end as is_suppressed
    from sized
),

estimated as (
    {{ estimates('protected') }}
),

live as (
    select
        indicator,
        strata is null and is_count = 0 and effective is null as has_one_denominator,
        strata is null and numerator_less is null and effective is null as has_one_numerator
    from {{ ref('int_indicators__live') }}
),

{# A withheld count shows its range; a total with a withheld part and a withheld sum of weights show nothing. #}
final as (
    select
        estimated.area_code,
        estimated.area_level,
        estimated.indicator,
        estimated.`window`,
        estimated.period_end,
        estimated.clock,
        estimated.numerator,
        estimated.denominator,
        estimated.effective_size,
        case
            when estimated.status in ('no_delivery', 'not_applicable', 'no_exact_backcast') then null
            when estimated.numerator is not null then cast(cast(round(estimated.numerator) as bigint) as string)
            when live.has_one_numerator then '{{ small_range() }}'
        end as numerator_shown,
        case
            when estimated.status in ('no_delivery', 'not_applicable', 'no_exact_backcast') then null
            when estimated.denominator is not null then cast(cast(round(estimated.denominator) as bigint) as string)
            when live.has_one_denominator then '{{ small_range() }}'
        end as denominator_shown,
        estimated.value,
        estimated.low,
        estimated.high,
        estimated.status
    from estimated
    inner join live on estimated.indicator = live.indicator
)

select * from final
{%- endmacro %}
