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

{# Whether a measure of this unit counts authorities and their work instead of persons. #}
{% macro is_open(unit) -%}
    {{ unit }} in ({% for unit in var('open_units') %}'{{ unit }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{#
    Holding: a figure that was shown stands until its count lies so far from it that `hold` records or more must have changed. A figure
    rounded to the base may have been half of it away, a withheld one anything up to min_count. What was never shown is not held.
    The figure shown last is all that is needed, so that whoever reads publications knows no less than the rule does.
#}
{% macro is_held(count, last, last_shown, exact) -%}
    (
        {{ last_shown }} is not null
        and case
            when {{ last }} is null then {{ count }} < {{ var('min_count') + var('hold') }}
            else abs({{ count }} - {{ last }}) < {{ var('hold') }} + case when {{ exact }} then 0 else {{ var('base') / 2 }} end
        end
    )
{%- endmacro %}

{# The count that is shown: as it was shown last while it is held, protected anew otherwise. #}
{% macro shown_again(count, last, last_shown, exact) -%}
    case
        when {{ is_held(count, last, last_shown, exact) }} then {{ last }}
        else {{ protect_count(count, exact) }}
    end
{%- endmacro %}

{# The columns that tell values apart. #}
{% macro value_keys() -%}
    {{ return(['area_code', 'indicator', '`window`', 'period_end', 'clock']) }}
{%- endmacro %}

{% macro same_value(one, other) -%}
    {% for key in value_keys() %}
            {{ 'and ' if not loop.first }}{{ one }}.{{ key }} = {{ other }}.{{ key }}
    {% endfor %}
{%- endmacro %}

{#
    Values are recomputed from protected parts by the macro that the mart uses on exact ones. A rate is withheld when any of its
    parts is small or, once rounded, its denominator is below the minimum. Of a weighted share the cases count, not the weights, and
    of money the payments: it is withheld, parts and all, where those are below the minimum, and a weighted one where few cases
    make up its numerator. There are never fewer interviews than the effective size says. Of money below the city only the share is
    shown, in whole points.

    `last` is what was shown of the values when they were last published. Numerator and denominator are held each by itself, so that
    the same count reads the same wherever it stands; what is more than two counts (a sum over strata, a difference, weights, money) is
    held whole. Windows that the scope does not publish are suppressed unread. `touched` is the work list of an increment.
#}
{% macro protected_values(relation, last, touched=none) -%}
{%- set keys = value_keys() -%}
with live as (
    select
        indicator,
        strata is null and is_count = 0 and effective is null as has_one_denominator,
        strata is null and numerator_less is null and effective is null as has_one_numerator,
        is_of_persons,
        is_amount,
        is_simple,
        has_disclosive_nought
    from {{ ref('int_indicators__live') }}
),

scope as (
    select * from {{ ref('int_publication_scope') }}
),

last_shown as (
    select * from {{ last }}
    where
        {{ in_slice('area_code') }}
        {% if touched and is_increment() %}
        and period_end >= {{ first_touched(touched, 'period_end') }}
        {% endif %}
),

parts as (
    select
        counted.*,
        live.is_of_persons,
        live.is_amount,
        live.is_simple,
        live.has_disclosive_nought,
        counted.area_level = 'city' or live.is_of_persons = 0 as is_exact,
        live.is_of_persons = 0 or scope.area_level is not null as is_published
    from {{ relation }} as counted
    inner join live on counted.indicator = live.indicator
    left join scope
        on
            counted.area_level = scope.area_level
            and counted.`window` = scope.`window`
            and counted.period_end = scope.period_end
),

unpublished as (
    select area_level, {{ keys | join(', ') }}, availability from parts
    where not is_published and stratum = ''
    union all
    select distinct area_level, {{ keys | join(', ') }}, availability from parts
    where not is_published and stratum <> ''
),

sized as (
    select
        parts.*,
        coalesce(parts.effective_size < {{ var('min_denominator') }}, false) as is_few,
        case
            when parts.is_amount = 0
                then {{ effective_count('parts.plus', 'parts.denominator', 'parts.effective_size') }}
        end as effective_plus,
        case
            when parts.has_disclosive_nought = 1 and parts.denominator > 0 then parts.plus <= {{ var('min_count') }}
            else {{ is_small('parts.plus') }}
        end as has_few,
        parts.is_simple = 1 and parts.is_of_persons = 1
        and {{ is_held('parts.plus', 'last_shown.numerator', 'last_shown.numerator_shown', 'parts.is_exact') }}
            as is_plus_held,
        parts.is_simple = 1 and parts.is_of_persons = 1
        and {{ is_held('parts.denominator', 'last_shown.denominator', 'last_shown.denominator_shown', 'parts.is_exact') }}
            as is_denominator_held,
        last_shown.numerator as last_numerator,
        last_shown.denominator as last_denominator
    from parts
    left join last_shown
        on
            {{ same_value('parts', 'last_shown') }}
    where parts.is_published
),

rounded as (
    select
        *,
        case
            when is_plus_held then last_numerator
            when is_amount = 1 then case when is_exact or not is_few then plus end
            when has_few and not is_exact then null
            else {{ protect_count('plus', 'is_exact', 'is_few or ' ~ is_small('effective_plus')) }}
        end as plus_shown,
        {{ protect_count('less', 'is_exact') }} as less_shown,
        case
            when is_denominator_held then last_denominator
            when is_amount = 1 then case when is_exact or not is_few then denominator end
            else {{ protect_count('denominator', 'is_exact', 'is_few') }}
        end as denominator_shown,
        {{ protect_count('effective_size', 'is_exact', 'is_few') }} as effective_size_shown
    from sized
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
        plus_shown as plus,
        less_shown as less,
        denominator_shown as denominator,
        effective_size_shown as effective_size,
        case
            when plus is not null and plus_shown is null then 1
            when less is not null and less_shown is null then 1
            when denominator is not null and denominator_shown is null then 1
            when not is_exact and is_amount = 0 and denominator_shown > 0 and denominator_shown < {{ var('min_denominator') }} then 1
            else 0
        end as is_suppressed
    from rounded
),

estimated as (
    {{ estimates('protected') }}
),

compound as (
    select
        {{ keys | join(', ') }},
        is_exact,
        sum(plus - less) as numerator,
        sum(denominator) as denominator,
        max(effective_size) as effective_size
    from sized
    where is_simple = 0 and is_of_persons = 1
    group by {{ keys | join(', ') }}, is_exact
),

kept as (
    select last_shown.*
    from compound
    inner join last_shown
        on
            {{ same_value('compound', 'last_shown') }}
    where
        case
            when compound.effective_size is not null
                then {{ is_held('compound.effective_size', 'last_shown.effective_size', 'last_shown.effective_size', 'compound.is_exact') }}
            else
                {{ is_held('compound.denominator', 'last_shown.denominator', 'last_shown.denominator', 'compound.is_exact') }}
                and (
                    last_shown.numerator is null
                    or abs(compound.numerator - last_shown.numerator)
                    < {{ var('hold') }} + case when compound.is_exact then 0 else {{ var('base') }} end
                )
        end
),

{# A withheld count shows its range; a total with a withheld part and withheld weights or money show nothing. #}
published as (
    select
        estimated.area_code,
        estimated.area_level,
        estimated.indicator,
        estimated.`window`,
        estimated.period_end,
        estimated.clock,
        case
            when kept.indicator is not null then kept.numerator
            when live.is_amount = 1 and estimated.area_level <> 'city' then null
            else estimated.numerator
        end as numerator,
        case
            when kept.indicator is not null then kept.denominator
            when live.is_amount = 1 and estimated.area_level <> 'city' then null
            else estimated.denominator
        end as denominator,
        case when kept.indicator is not null then kept.effective_size else estimated.effective_size end as effective_size,
        case
            when live.has_one_numerator and estimated.numerator is null
                then coalesce(
                    case when last_shown.numerator is null then last_shown.numerator_shown end,
                    case when live.has_disclosive_nought = 1 then '0-{{ var('min_count') }}' else '{{ small_range() }}' end
                )
        end as numerator_range,
        case
            when live.has_one_denominator and estimated.denominator is null
                then coalesce(
                    case when last_shown.denominator is null then last_shown.denominator_shown end, '{{ small_range() }}'
                )
        end as denominator_range,
        case
            when kept.indicator is not null then kept.value
            when live.is_amount = 1 and estimated.area_level <> 'city' then round(estimated.value)
            else estimated.value
        end as value,
        case when kept.indicator is not null then kept.low else estimated.low end as low,
        case when kept.indicator is not null then kept.high else estimated.high end as high,
        case
            when kept.indicator is null or estimated.status not in ('ok', 'provisional', 'suppressed') then estimated.status
            when kept.value is null then 'suppressed'
            when estimated.status = 'suppressed' then 'ok'
            else estimated.status
        end as status
    from estimated
    inner join live on estimated.indicator = live.indicator
    left join last_shown
        on
            {{ same_value('estimated', 'last_shown') }}
    left join kept
        on
            {{ same_value('estimated', 'kept') }}
),

final as (
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        clock,
        numerator,
        denominator,
        effective_size,
        case
            when status in ('no_delivery', 'not_applicable', 'no_exact_backcast') then null
            when numerator is not null then cast(cast(round(numerator) as bigint) as string)
            else numerator_range
        end as numerator_shown,
        case
            when status in ('no_delivery', 'not_applicable', 'no_exact_backcast') then null
            when denominator is not null then cast(cast(round(denominator) as bigint) as string)
            else denominator_range
        end as denominator_shown,
        value,
        low,
        high,
        status
    from published
    union all
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        clock,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as effective_size,
        cast(null as string) as numerator_shown,
        cast(null as string) as denominator_shown,
        cast(null as double) as value,
        cast(null as double) as low,
        cast(null as double) as high,
        case when availability in ('ok', 'provisional') then 'suppressed' else availability end as status
    from unpublished
)

select * from final
{%- endmacro %}
