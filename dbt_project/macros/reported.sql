{# Half a unit of the last decimal of a printed value (two of them, or as many as `decimals` says), and a hair for binary fractions. #}
{% macro half_a_digit(decimals='2') -%} (0.5 * power(10.0, -({{ decimals }})) + {{ hair() }}) {%- endmacro %}

{% macro hair() -%} 0.0000001 {%- endmacro %}

{# The value that follows from the numerator and denominator that stand beside it. #}
{% macro own_value(per, numerator, denominator) -%}
    {{ stable(per ~ ' * ' ~ numerator ~ ' / nullif(' ~ denominator ~ ', 0)') }}
{%- endmacro %}

{# A printed number beside what it should be: the same, the same but for `tolerance` of rounding, another, or unknown. #}
{% macro comparison(printed, expected, tolerance) -%}
    case
        when ({{ printed }}) is null or ({{ expected }}) is null then 'cannot_be_checked'
        when abs(({{ printed }}) - ({{ expected }})) <= {{ hair() }} then 'agrees'
        when abs(({{ printed }}) - ({{ expected }})) <= {{ tolerance }} then 'agrees_within_rounding'
        else 'differs'
    end
{%- endmacro %}

{# Whether a reported figure is recomputed: a count or delivery of its period's months is another one, or it is new itself. #}
{% macro is_refigured() -%}
    {%- if is_increment() -%}
    {%- if 'is_refigured' not in answers() -%}
        {%- set found = run_query(
            "select cast(least(" ~ counts_from() ~ ", coalesce(min(month), date '9999-12-01')) as string) as month from "
            ~ graph.nodes['model.renkou.int_touched__availability'].relation_name
        ) -%}
        {%- do answers().update({'is_refigured': "date '" ~ found.rows[0]['month'] ~ "'"}) -%}
    {%- endif -%}
    (
        period_to >= {{ answers()['is_refigured'] }}
        or reported_month >= {{ changed_from(['reported_figures'], records=true) }}
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{# The first month that they need: an opening stock is that of the month before the period. #}
{% macro refigured_from() -%}
    {%- if not is_increment() -%}
        {{ return(beginning()) }}
    {%- endif -%}
    {%- set found = run_query(
        "select cast(coalesce(min(" ~ add_months(month_start('period_from'), -1) ~ "), date '9999-12-01') as string) as month from "
        ~ graph.nodes['model.renkou.int_reported_figures__current'].relation_name ~ " where " ~ is_refigured()
    ) -%}
    {{ return("date '" ~ found.rows[0]['month'] ~ "'") }}
{%- endmacro %}

{# Hook of int_reported_figures__recomputed: takes out what is recomputed, and figures that are withdrawn. #}
{% macro delete_refigured() -%}
    {%- if is_increment() -%}
    delete from {{ this }}
    where figure not in (
        select figure from {{ graph.nodes['model.renkou.int_reported_figures__current'].relation_name }}
        where not {{ is_refigured() }}
    )
    {%- endif -%}
{%- endmacro %}
