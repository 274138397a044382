{# Half a unit of the last of the two decimals of a reported value, and a hair for binary fractions. #}
{% macro half_a_digit() -%} 0.0050001 {%- endmacro %}
