{# Area codes have 12 digits: 2 province, 2 city, 2 county, 3 township, 3 village, padded with noughts. #}

{% macro area_digits(level) -%}
    {{ {'city': 4, 'county': 6, 'township': 9, 'village': 12}[level] }}
{%- endmacro %}

{# The code of the area of that level in which the area lies. #}
{% macro area_at(code, level) -%}
    rpad(substr({{ code }}, 1, {{ area_digits(level) }}), 12, '0')
{%- endmacro %}

{# The same, but null when the area itself is of a higher level: a township lies in no village. #}
{% macro area_from(code, level) -%}
    {%- set above = {'county': 4, 'township': 6, 'village': 9}[level] -%}
    case
        when substr({{ code }}, {{ above + 1 }}, {{ area_digits(level) | int - above }}) <> '{{ '0' * (area_digits(level) | int - above) }}'
            then {{ area_at(code, level) }}
    end
{%- endmacro %}

{# Delivery records name a county or the city by its 6 digits. #}
{% macro area_of_delivery(code) -%} rpad({{ code }}, 12, '0') {%- endmacro %}
