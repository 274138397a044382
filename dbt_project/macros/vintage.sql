{# The state of knowledge that a figure rests on: the last delivered month and the number of landed deliveries. #}
{% macro vintage() -%}
    (
        select
            concat(
                substr(cast(max(month) as string), 1, 7), '.',
                lpad(cast(count(*) as string), cast(greatest(4, length(cast(count(*) as string))) as int), '0')
            )
        from {{ ref('stg_landing__deliveries') }}
        where status = 'landed'
    )
{%- endmacro %}

{# Funnels of indicators as a table shows them, protected or not. #}
{% macro funnels_with_vintage(funnels) -%}
select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        {{ vintage() }} as vintage,
        denominator,
        value,
        parent_code,
        parent_value,
        low_998,
        low_95,
        high_95,
        high_998,
        position
    from {{ funnels }}
{%- endmacro %}

{# Verdicts as a table shows them. #}
{% macro verdicts_with_vintage(verdicts) -%}
select
        scheme,
        area_code,
        indicator,
        period_end,
        {{ vintage() }} as vintage,
        operator,
        target,
        target_upper,
        frequency,
        `window`,
        value,
        low,
        high,
        verdict,
        veto,
        reason
    from {{ verdicts }}
{%- endmacro %}

{# Values of indicators as a table shows them; protected ones also as the text that is printed for their counts. #}
{% macro with_vintage(values, is_protected=false) -%}
select
        area_code,
        area_level,
        indicator,
        `window`,
        period_end,
        clock,
        {{ vintage() }} as vintage,
        numerator,
        denominator,
        effective_size,
        {% if is_protected %}
        numerator_shown,
        denominator_shown,
        {% endif %}
        value,
        low,
        high,
        status
    from {{ values }}
{%- endmacro %}
