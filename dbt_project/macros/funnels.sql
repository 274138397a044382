{#
    Funnels (Spiegelhalter 2005, Statistics in Medicine 24): one row per county or township x indicator x window x period end of
    a relation shaped like indicator_values, on the report clock; of those on the work list `touched` when one is given. Limits stand around the value of the parent area and widen
    as the area's own denominator falls; within them areas differ by chance and have no rank.

    Shares: the count is binomial given the denominator; of weighted ones given the effective size, which stands as denominator.
    Ratios: the first count is binomial given the sum of both. Rates: the count is Poisson given the persons. Other methods have no
    limits here.

    `slack` moves the limits outwards by so many counts (`expected` is the parent's share): what rounding can do to a count and
    to its expectation must not carry an area across.
#}
{% macro funnels(relation, slack='0', touched=none) -%}
with areas as (
    select
        area_code,
        parent_code
    from {{ ref('int_areas') }}
    where area_level in ('county', 'township')
),

methods as (
    select
        indicator,
        interval_method
    from {{ ref('int_indicators__live') }}
),

figures as (
    select * from {{ relation }}
    where
        clock = 'report' and area_level <> 'village'
        {% if touched %}
        and period_end >= (select min(period_end) from {{ touched }})
        {% endif %}
),

compared as (
    select
        figures.area_code,
        figures.area_level,
        figures.indicator,
        figures.`window`,
        figures.period_end,
        coalesce(figures.effective_size, figures.denominator) as denominator,
        figures.value,
        areas.parent_code,
        parents.value as parent_value,
        case
            when figures.value is null or parents.value is null or parents.numerator = 0 then 'none'
            else methods.interval_method
        end as method,
        case methods.interval_method
            when 'ratio_log' then figures.numerator + figures.denominator
            when 'weighted_share' then figures.effective_size
            else figures.denominator
        end as size,
        case methods.interval_method
            when 'ratio_log' then parents.numerator / nullif(parents.numerator + parents.denominator, 0)
            else parents.numerator / nullif(parents.denominator, 0)
        end as expected,
        parents.value * parents.denominator / nullif(parents.numerator, 0) as factor
    from figures
    inner join areas on figures.area_code = areas.area_code
    {% if touched %}
    inner join {{ touched }} as touched
        on
            figures.area_code = touched.area_code
            and figures.indicator = touched.indicator
            and figures.`window` = touched.`window`
            and figures.period_end = touched.period_end
    {% endif %}
    inner join methods on figures.indicator = methods.indicator
    left join figures as parents
        on
            areas.parent_code = parents.area_code
            and figures.indicator = parents.indicator
            and figures.`window` = parents.`window`
            and figures.period_end = parents.period_end
),

moments as (
    select
        *,
        size * expected as mean,
        case
            when method in ('wilson', 'weighted_share', 'ratio_log') then sqrt(greatest(size * expected * (1 - expected), 0))
            when method = 'poisson' then sqrt(size * expected)
        end as sd,
        case when method = 'poisson' then 1 else 1 - 2 * expected end as skew
    from compared
),

counted as (
    select
        *,
        {{ funnel_count(-1, var('z_998'), slack) }} as count_low_998,
        {{ funnel_count(-1, var('z'), slack) }} as count_low_95,
        {{ funnel_count(1, var('z'), slack) }} as count_high_95,
        {{ funnel_count(1, var('z_998'), slack) }} as count_high_998
    from moments
),

limited as (
    select
        *,
        {{ funnel_value('count_low_998') }} as low_998,
        {{ funnel_value('count_low_95') }} as low_95,
        {{ funnel_value('count_high_95') }} as high_95,
        {{ funnel_value('count_high_998') }} as high_998
    from counted
),

final as (
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        denominator,
        value,
        parent_code,
        parent_value,
        low_998,
        low_95,
        high_95,
        high_998,
        case
            when sd is null then 'not_assessed'
            when value > high_998 then 'above_998'
            when value > high_95 then 'above_95'
            when value < low_998 then 'below_998'
            when value < low_95 then 'below_95'
            else 'inside'
        end as position
    from limited
)

select * from final
{%- endmacro %}

{#
    Limit of a count of known mean, deviation and skew (times the deviation): the Cornish-Fisher quantile with half a count
    for continuity, and never nearer to the mean than half the normal one, because the expansion fails where counts are few.
    The chance beyond it is below 2.5 % and 0.1 % for every size (decision 0021).
#}
{% macro funnel_count(side, z, slack) -%}
    {%- set bound = 'least' if side < 0 else 'greatest' -%}
    ({{ bound }}(
        mean + ({{ side }}) * {{ z }} * sd + ({{ z }} * {{ z }} - 1) * skew / 6,
        mean + ({{ side }}) * {{ z }} * sd / 2
    ) + ({{ side }}) * (0.5 + {{ slack }}))
{%- endmacro %}

{# A count limit as a value; null where a ratio has none, because the other count would be nought. #}
{% macro funnel_value(count) -%}
    {{ stable(
        "factor * greatest(" ~ count ~ ", 0) / nullif(case method when 'ratio_log' then case when " ~ count
        ~ " < size then size - greatest(" ~ count ~ ", 0) end else size end, 0)"
    ) }}
{%- endmacro %}
