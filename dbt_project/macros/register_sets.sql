{# A measure over several registers names them like births|deaths: whether `register` is one of them. #}
{% macro is_among(register, registers) -%}
    concat('|', {{ registers }}, '|') like concat('%|', {{ register }}, '|%')
{%- endmacro %}

{# The register whose figures a check flags: spot checks that find another register inaccurate say nothing against their own. #}
{% macro flagged_register(check_id, register) -%}
    case
        when {{ check_id }} like 'spot_checks_accuracy_of_%' then replace({{ check_id }}, 'spot_checks_accuracy_of_', '')
        else {{ register }}
    end
{%- endmacro %}
