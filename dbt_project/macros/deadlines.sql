{# The month whose delivery speaks for `month`: itself, or the last of its quarter, half-year or year. #}
{% macro due_month(frequency, month) -%}
    {%- set span = "case " ~ frequency ~ " when 'quarterly' then 3 when 'half_yearly' then 6 when 'yearly' then 12 else 1 end" -%}
    {{ add_months(month, "(" ~ span ~ " - month(" ~ month ~ ") % " ~ span ~ ") % " ~ span) }}
{%- endmacro %}
