{#
    Values and 95 % intervals of indicators, as SQL expressions. marts and published call the same macros: one on exact
    counts, one on protected ones. `side` is -1 for the lower limit and 1 for the upper.
#}

{# Wilson (1927), JASA 22: score interval of a share of `n` among `d`; binary fractions must not carry it below nought or above one. #}
{% macro wilson_limit(n, d, side) -%}
    case when ({{ d }}) > 0 then least(greatest((({{ n }}) / nullif({{ d }}, 0) + {{ z2() }} / (2 * nullif({{ d }}, 0))
        + ({{ side }}) * {{ var('z') }} * sqrt(
            greatest(({{ n }}) / nullif({{ d }}, 0) * (1 - ({{ n }}) / nullif({{ d }}, 0)), 0) / nullif({{ d }}, 0)
            + {{ z2() }} / (4 * nullif({{ d }}, 0) * nullif({{ d }}, 0))
        )) / (1 + {{ z2() }} / nullif({{ d }}, 0)), 0), 1) end
{%- endmacro %}

{#
    Kish's effective sample size of interviews with these sums of weights and of squared weights, (sum w)^2 / sum w^2: the size of the
    simple random sample that would be as precise (Kish 1965, Survey Sampling). It is the number of interviews where
    all weigh the same. Score and exact limits take it for the number of cases (Korn and Graubard 1998, Survey Methodology 24; Franco
    et al. 2019, Journal of Survey Statistics and Methodology 7). Decision 0022.
#}
{% macro effective_size(weights, squares) -%}
    {{ stable("(" ~ weights ~ ") * (" ~ weights ~ ") / nullif(" ~ squares ~ ", 0)") }}
{%- endmacro %}

{# The cases that a weighted count amounts to on the scale of the effective size: share times size. #}
{% macro effective_count(count, weights, size) -%}
    {{ stable("(" ~ count ~ ") / nullif(" ~ weights ~ ", 0) * " ~ size) }}
{%- endmacro %}

{% macro z2() -%} ({{ var('z') }} * {{ var('z') }}) {%- endmacro %}

{#
    Exact limit (Clopper and Pearson 1934) of a share of `n` among `d`, by Pratt's approximation of the beta quantile (Pratt 1968,
    JASA 63; Blyth 1986, JASA 81), because SQL has none. The error is below 0.02 / d.
#}
{% macro exact_share_limit(n, d, side) -%}
    {%- if side < 0 -%}
    (1 - {{ exact_share_limit('((' ~ d ~ ') - (' ~ n ~ '))', d, 1) }})
    {%- else -%}
    (case
        when ({{ n }}) >= ({{ d }}) then 1
        else 1 / (1 + power((({{ n }}) + 1) / nullif(({{ d }}) - ({{ n }}), 0), 2) * power(
            (81 * (({{ n }}) + 1) * (({{ d }}) - ({{ n }})) - 9 * ({{ d }}) - 8
                - 3 * {{ var('z') }} * sqrt(
                    9 * (({{ n }}) + 1) * (({{ d }}) - ({{ n }})) * (9 * ({{ d }}) + 5 - {{ z2() }}) + ({{ d }}) + 1
                ))
            / (81 * power(({{ n }}) + 1, 2) - 9 * (({{ n }}) + 1) * (2 + {{ z2() }}) + 1), 3
        ))
    end)
    {%- endif -%}
{%- endmacro %}

{#
    Ratio of two counts on the log scale: exp(ln(n / d) -+ z sqrt(1/n + 1/d)), the delta method for two Poisson counts.
    With an empty side one half is added to both (Haldane 1956; Anscombe 1956), for the interval only.
#}
{% macro ratio_log_limit(n, d, side) -%}
    ((({{ n }}) + {{ half(n, d) }}) / nullif(({{ d }}) + {{ half(n, d) }}, 0) * exp(({{ side }}) * {{ var('z') }} * sqrt(
        1 / nullif(({{ n }}) + {{ half(n, d) }}, 0) + 1 / nullif(({{ d }}) + {{ half(n, d) }}, 0)
    )))
{%- endmacro %}

{% macro half(n, d) -%} case when ({{ n }}) = 0 or ({{ d }}) = 0 then 0.5 else 0 end {%- endmacro %}

{#
    Limit of a Poisson mean after `n` events: half the chi-square quantile of 2n (lower) or 2n + 2 (upper) degrees of freedom
    (Garwood 1936), the quantile by Wilson and Hilferty (1931), which is Byar's formula (Breslow and Day 1987, p. 69). SQL has no
    chi-square quantile. Against the exact limits the error is below 0.025 events everywhere and below 0.5 % from 6 events on.
#}
{% macro poisson_limit(n, side) -%}
    {%- if side < 0 -%}
    case
        when ({{ n }}) <= 0 then 0
        else ({{ n }}) * power(1 - 1 / (9 * nullif({{ n }}, 0)) - {{ var('z') }} / (3 * sqrt(nullif({{ n }}, 0))), 3)
    end
    {%- else -%}
    (({{ n }}) + 1) * power(1 - 1 / (9 * (({{ n }}) + 1)) + {{ var('z') }} / (3 * sqrt(({{ n }}) + 1)), 3)
    {%- endif -%}
{%- endmacro %}

{#
    Difference of two independent Poisson counts: variance n + less. A month without any event is not certain, so the variance is
    at least that of one event.
#}
{% macro rate_difference_limit(n, less, d, side) -%}
    ((({{ n }}) - ({{ less }}) + ({{ side }}) * {{ var('z') }} * sqrt(greatest(({{ n }}) + ({{ less }}), 1)))
        / nullif({{ d }}, 0))
{%- endmacro %}

{# Sum of rates over strata, sum(n/d), with the Poisson variance sum(n/d^2); never below nought. #}
{% macro rate_sum_limit(rate_sum, rate_variance, side) -%}
    greatest({{ rate_sum }} + ({{ side }}) * {{ var('z') }} * sqrt({{ rate_variance }}), 0)
{%- endmacro %}

{# The limit by the indicator's own method, before the factor; null for indicators without an interval. #}
{% macro interval_limit(side) -%}
    case interval_method
        when 'wilson' then {{ wilson_limit('plus', 'denominator', side) }}
        when 'weighted_share'
            then {{ wilson_limit(effective_count('plus', 'denominator', 'effective_size'), 'effective_size', side) }}
        when 'ratio_log' then {{ ratio_log_limit('plus', 'denominator', side) }}
        when 'poisson' then {{ poisson_limit('plus', side) }} / nullif(denominator, 0)
        when 'rate_difference' then {{ rate_difference_limit('plus', 'less', 'denominator', side) }}
        when 'rate_sum' then {{ rate_sum_limit('rate_sum', 'rate_variance', side) }}
    end
{%- endmacro %}

{# A sum of doubles differs in its last bits with the order of its parts; a rebuild of the same data gives the same figures. #}
{% macro stable(value) -%} round({{ value }}, 9) {%- endmacro %}

{#
    A sum of measures: whole numbers, amounts and weights of at most two decimals (contracts: decimal(18, 2)), squares of weights of
    four. A month's twelfth of a year's amount needs more of them, or twelve months would not give the amount back.
#}
{% macro added(value, digits=4) -%} round(sum({{ value }}), {{ digits }}) {%- endmacro %}

{# A sum that is null as soon as one part is withheld: a total of what is left would be a wrong number. #}
{% macro whole_sum(part) -%} case when count({{ part }}) = count(*) then sum({{ part }}) end {%- endmacro %}

{# The parts of values, added up over strata; the many indicators that have none are spared the grouping. #}
{% macro summed_strata(parts, is_stratified) -%}
{%- set keys = [
    'area_code', 'area_level', 'indicator', '`window`', 'period_end', 'clock', 'interval_method', 'factor', 'availability',
    'is_count'
] -%}
select
        {{ keys | join(', ') }},
        {% for part in ['plus', 'less', 'denominator', 'effective_size'] %}
        {{ whole_sum(part) if is_stratified else part }} as {{ part }},
        {% endfor %}
        case
            when is_count = 1 then {{ whole_sum('plus - less') if is_stratified else 'plus - less' }}
            else {{ 'sum' if is_stratified }}((plus - less) / nullif(denominator, 0))
        end as rate_sum,
        {{ 'sum' if is_stratified }}((plus + less) / nullif(denominator * denominator, 0)) as rate_variance,
        {{ 'max(is_suppressed)' if is_stratified else 'is_suppressed' }} as is_suppressed
    from {{ parts }}
    where stratum {{ '<>' if is_stratified else '=' }} ''
    {{ 'group by ' ~ keys | join(', ') if is_stratified }}
{%- endmacro %}

{#
    Parts to values: `parts` has one row per area x indicator x window x clock x stratum with plus, less, denominator,
    effective_size, is_suppressed, is_count and the columns below; the result has one row per area x indicator x window x clock.

    value = factor * sum over strata of (plus - less) / denominator, factor = per * stratum_width * 12 / months when annualised.
    An empty stratum (nobody at risk) adds nothing. A count (is_count = 1) has no denominator: it is the sum of plus - less itself.
#}
{% macro estimates(parts) -%}
with summed as (
    {{ summed_strata(parts, is_stratified=false) }}
    union all
    {{ summed_strata(parts, is_stratified=true) }}
),

judged as (
    select
        *,
        case
            when availability not in ('ok', 'provisional') then availability
            when is_suppressed = 1 then 'suppressed'
            when is_count = 0 and coalesce(denominator, 0) = 0 then 'empty_denominator'
            else availability
        end as status
    from summed
),

estimated as (
    select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        clock,
        plus - less as numerator,
        denominator,
        effective_size,
        case when status in ('ok', 'provisional') then {{ stable('factor * rate_sum') }} end as value,
        case when status in ('ok', 'provisional') then {{ stable('factor * ' ~ interval_limit(-1)) }} end as low,
        case when status in ('ok', 'provisional') then {{ stable('factor * ' ~ interval_limit(1)) }} end as high,
        status
    from judged
)

select * from estimated
{%- endmacro %}
