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
