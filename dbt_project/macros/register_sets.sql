{# A measure over several registers names them like births|deaths: whether `register` is one of them. #}
{% macro is_among(register, registers) -%}
    concat('|', {{ registers }}, '|') like concat('%|', {{ register }}, '|%')
{%- endmacro %}
