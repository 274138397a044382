{#
    Verdicts: one row per item of an active scheme x area of the scheme's level x month's end, from a relation shaped like
    int_indicator_values. Assessments read the report clock: a birth found late counts in the period in which it was found. An
    increment makes those that its hook took out (delete_assessed), and those that never stood.

    met                   the whole interval lies on the right side of the target
    missed                the whole interval lies on the wrong side, and for shares and ratios the exact limit too (decision 0021)
    not_distinguishable   the interval spans the target
    not_assessed          see reason; without an interval low = high = value

    No interval of a share can lie above 100 %, so a target at such a bound is judged on the count: complete is met. That needs
    the count itself; `counted` is the condition under which the relation holds it. A weighted sample never counts everybody.

    Where counts are rounded (below the city of published figures) they may have been up to `slack` more or less. Met and missed hold for all
    of them: limits are taken at the least and the most favourable counts, so that rounding alone makes no verdict.
#}
{% macro assess(relation, counted='true', slack=none) -%}
{%- set assessed = 'assessed_anew' if is_increment() else 'assessed_areas' -%}
with items as (
    select targets.*
    from {{ ref('targets') }} as targets
    inner join {{ ref('schemes') }} as schemes on targets.scheme = schemes.scheme
    where schemes.active
),

period_ends as (
    select month, month_end as period_end from {{ ref('int_months') }}
    where is_reported and month_end >= {{ assessed_from() }}
),

due as (
    select
        items.*,
        period_ends.period_end,
        case items.frequency
            when 'monthly' then 1
            when 'quarterly' then case when month(period_ends.month) % 3 = 0 then 1 else 0 end
            when 'half_yearly' then case when month(period_ends.month) in (3, 9) then 1 else 0 end
            when 'annual' then case when month(period_ends.month) = 9 then 1 else 0 end
        end as is_due
    from items
    inner join period_ends
        on
            items.valid_from <= period_ends.period_end
            and (items.valid_to is null or items.valid_to > period_ends.period_end)
),

assessed_areas as (
    select due.*, areas.area_code
    from due
    inner join {{ ref('int_areas') }} as areas
        on
            due.level = areas.area_level
            and areas.valid_from <= due.period_end
            and (areas.valid_to is null or areas.valid_to > due.period_end)
),

{% if is_increment() %}
assessed_anew as (
    select assessed_areas.*
    from assessed_areas
    left join {{ this }} as standing
        on
            assessed_areas.scheme = standing.scheme
            and assessed_areas.area_code = standing.area_code
            and assessed_areas.indicator = standing.indicator
            and assessed_areas.period_end = standing.period_end
    where standing.scheme is null
),
{% endif %}

live as (
    select distinct
        indicator,
        interval_method,
        per
    from {{ ref('int_indicators__live') }}
),

{# Of the millions of values few are of a level that is assessed. #}
figures as (
    select * from {{ relation }}
    where
        clock = 'report'
        and period_end >= {{ assessed_from() }}
        and area_level in (select assessed.level from {{ assessed }} as assessed)
),

compared as (
    select
        assessed_areas.*,
        figures.value,
        figures.low,
        figures.high,
        {{ verdict_limit(-1, slack) }} as lower_limit,
        {{ verdict_limit(1, slack) }} as upper_limit,
        {{ exact_verdict_limit(-1, slack) }} as exact_lower,
        {{ exact_verdict_limit(1, slack) }} as exact_upper,
        {{ counted }} and live.interval_method <> 'weighted_share' as is_counted,
        case
            when live.indicator is null then 'indicator_not_live'
            when assessed_areas.is_due = 0 then 'not_due'
            when figures.status is null then 'no_delivery'
            when figures.status = 'ok' then ''
            else figures.status
        end as reason
    from {{ assessed }} as assessed_areas
    left join live on assessed_areas.indicator = live.indicator
    left join figures
        on
            assessed_areas.area_code = figures.area_code
            and assessed_areas.indicator = figures.indicator
            and assessed_areas.`window` = figures.`window`
            and assessed_areas.period_end = figures.period_end
),

verdicts as (
    select
        scheme,
        area_code,
        indicator,
        period_end,
        operator,
        target,
        target_upper,
        frequency,
        `window`,
        value,
        low,
        high,
        case
            when reason not in ('', 'provisional') then 'not_assessed'
            when is_counted and operator = '>=' and value >= target and upper_limit <= target then 'met'
            when is_counted and operator = '<=' and value <= target and lower_limit >= target then 'met'
            when operator = '>=' and lower_limit >= target then 'met'
            when operator = '<=' and upper_limit <= target then 'met'
            when operator = 'between' and lower_limit >= target and upper_limit <= target_upper then 'met'
            when operator in ('>=', 'between') and greatest(upper_limit, exact_upper) < target then 'missed'
            when
                operator in ('<=', 'between')
                and least(lower_limit, exact_lower) > case operator when 'between' then target_upper else target end
                then 'missed'
            else 'not_distinguishable'
        end as verdict,
        veto,
        reason
    from compared
)

select * from verdicts
{%- endmacro %}

{#
    The first period end of which an increment makes verdicts, as a literal. A verdict reads values of its own period, and every
    period that is new or gone, or of an area that changed, has values on the work list.
#}
{% macro assessed_from() -%}
    {{ return(first_touched('int_touched__values', 'period_end', "clock = 'report'") if is_increment() else beginning()) }}
{%- endmacro %}

{# Hook of the tables of verdicts: takes out those on values that were computed, of areas that changed and of months that are gone. #}
{% macro delete_assessed() -%}
    {%- if is_increment() -%}
    delete from {{ this }} as standing
    where
        standing.period_end >= {{ assessed_from() }}
        and (
            exists (
                select 1 from {{ ref('int_touched__values') }} as touched
                where
                    touched.clock = 'report'
                    and touched.period_end <= {{ last_settled() }}
                    and standing.area_code = touched.area_code
                    and standing.indicator = touched.indicator
                    and standing.`window` = touched.`window`
                    and standing.period_end = touched.period_end
            )
            or standing.area_code in (select areas.area_code from {{ ref('int_touched__areas') }} as areas)
            or standing.period_end not in (select months.month_end from {{ ref('int_months') }} as months where months.is_reported)
        )
    {%- endif -%}
{%- endmacro %}

{#
    The limit that a verdict rests on: of the interval, or the value where there is none. With `slack` that of the count which
    the rounded one may have been.
#}
{% macro verdict_limit(side, slack) -%}
    {%- set shown = "coalesce(figures." ~ ("low" if side < 0 else "high") ~ ", figures.value)" -%}
    {%- if slack is none -%}
    {{ shown }}
    {%- else -%}
    case
        when figures.value is null then null
        when assessed_areas.level = 'city' then {{ shown }}
        else {{ limit_of_rounded(side, slack) }}
    end
    {%- endif -%}
{%- endmacro %}

{% macro exact_verdict_limit(side, slack) -%}
    {%- if slack is none -%}
    {{ exact_limit('figures.numerator', 'figures.denominator', 'figures.effective_size', side) }}
    {%- else -%}
    {%- set moved = moved_counts(side, slack) -%}
    case
        when assessed_areas.level = 'city'
            then {{ exact_limit('figures.numerator', 'figures.denominator', 'figures.effective_size', side) }}
        else {{ exact_limit(moved.numerator, moved.denominator, moved.size, side, moved.share) }}
    end
    {%- endif -%}
{%- endmacro %}

{#
    Counts moved by `slack` to where the value is least (side -1) or largest: numerator, denominator and effective size, and the
    numerator of a share, which is no larger than its denominator.
#}
{% macro moved_counts(side, slack) -%}
    {%- set numerator = "greatest(figures.numerator + (" ~ side ~ ") * " ~ slack ~ ", 0)" -%}
    {%- set denominator = "(figures.denominator - (" ~ side ~ ") * " ~ slack ~ ")" -%}
    {{ return({
        'numerator': numerator,
        'denominator': denominator,
        'share': "least(" ~ numerator ~ ", " ~ denominator ~ ")",
        'size': "greatest(figures.effective_size - " ~ slack ~ ", 1)",
    }) }}
{%- endmacro %}

{#
    The method's limit at the moved counts. A rate's factor is read off the figure itself, because it holds the months that count: off
    the upper limit of a Poisson count, which is never nought, or off the value. A difference of two rounded counts is off by twice
    the slack. A sum over strata whose counts are not shown is not known to lie on any side.
#}
{% macro limit_of_rounded(side, slack) -%}
    {%- set moved = moved_counts(side, slack) -%}
    {%- set factor = "coalesce(figures.value * figures.denominator / nullif(figures.numerator, 0), live.per)" -%}
    {{ stable("case live.interval_method
        when 'wilson' then live.per * " ~ wilson_limit(moved.share, moved.denominator, side) ~ "
        when 'weighted_share' then live.per * "
            ~ wilson_limit(effective_count(moved.share, moved.denominator, moved.size), moved.size, side) ~ "
        when 'ratio_log' then live.per * " ~ ratio_log_limit(moved.numerator, moved.denominator, side) ~ "
        when 'poisson' then figures.high * figures.denominator / nullif(" ~ poisson_limit('figures.numerator', 1) ~ ", 0)
            * (" ~ poisson_limit(moved.numerator, side) ~ ") / nullif(" ~ moved.denominator ~ ", 0)
        when 'rate_difference' then " ~ ("figures.low" if side < 0 else "figures.high") ~ "
            + (" ~ side ~ ") * 2 * " ~ slack ~ " * " ~ factor ~ " / nullif(figures.denominator - " ~ slack ~ ", 0)
        when 'rate_sum' then (" ~ side ~ ") * 1e15
        else case
            when figures.denominator is null then figures.value + (" ~ side ~ ") * " ~ slack ~ "
            else " ~ factor ~ " * " ~ moved.numerator ~ " / nullif(" ~ moved.denominator ~ ", 0)
        end
    end") }}
{%- endmacro %}

{#
    Exact limit of a share, or of a ratio given the sum of both counts (n of n + d); null for other methods. The score and log
    intervals err on one side up to 10 % of the time instead of 2.5 % where counts are small or targets lie near 100 %.
#}
{% macro exact_limit(numerator, denominator, size, side, share=none) -%}
    {%- set cases = share if share else numerator -%}
    case live.interval_method
        when 'wilson' then live.per * {{ exact_share_limit(cases, denominator, side) }}
        when 'weighted_share'
            then live.per * {{ exact_share_limit(effective_count(cases, denominator, size), size, side) }}
        when 'ratio_log' then live.per * {{ odds(exact_share_limit(numerator, numerator ~ ' + ' ~ denominator, side)) }}
    end
{%- endmacro %}

{% macro odds(share) -%} ({{ share }} / nullif(1 - {{ share }}, 0)) {%- endmacro %}
