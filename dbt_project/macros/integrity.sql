{#
    Minus the logarithm of an upper bound of the probability of `hits` or more (below the expected number: or fewer) among `cases`
    independent events that have the probability `share` on average: Hoeffding 1963, Journal of the American Statistical Association 58,
    theorem 1. It needs no equal probabilities, and is never too small.
#}
{% macro surprise(hits, cases, share) -%}
    (
        case when {{ hits }} = 0 then 0.0 else {{ hits }} * ln({{ hits }} / nullif({{ cases }} * {{ share }}, 0)) end
        + case
            when {{ hits }} = {{ cases }} then 0.0
            else ({{ cases }} - {{ hits }}) * ln(({{ cases }} - {{ hits }}) / nullif({{ cases }} * (1 - {{ share }}), 0))
        end
    )
{%- endmacro %}

{# Events of the policy year that the last delivered month lies in. #}
{% macro last_reported_month() -%}
    select
        max(month) as month,
        max(policy_year) as policy_year
    from {{ ref('int_months') }}
    where is_reported
{%- endmacro %}

{# The columns that tell signals apart. #}
{% macro signal_keys() -%}
    {{ return(['method', 'register', 'indicator', 'area_code', 'month']) }}
{%- endmacro %}

{% macro same_signal(one, other) -%}
    {% for key in signal_keys() %}
            {{ 'and ' if not loop.first }}{{ one }}.{{ key }} = {{ other }}.{{ key }}
    {% endfor %}
{%- endmacro %}
