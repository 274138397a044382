{#
    Disclosure control of counts (primary protection; see the vars in dbt_project.yml for the parameters and why).
    `exact` is a condition: the city level is shown exactly.
#}

{% macro is_small(count) -%} (({{ count }}) > 0 and ({{ count }}) <= {{ var('min_count') }}) {%- endmacro %}

{% macro small_range() -%} 1-{{ var('min_count') }} {%- endmacro %}

{# The protected number: exact, rounded, nought, or null for a small count. #}
{% macro protect_count(count, exact) -%}
    case
        when {{ exact }} then {{ count }}
        when {{ is_small(count) }} then null
        else round(({{ count }}) / {{ var('base') }}) * {{ var('base') }}
    end
{%- endmacro %}

{# What a table prints for it. #}
{% macro shown_count(count, exact) -%}
    case
        when not ({{ exact }}) and {{ is_small(count) }} then '{{ small_range() }}'
        else cast(cast(round({{ protect_count(count, exact) }}) as bigint) as string)
    end
{%- endmacro %}

{% macro protection_kind(count, exact) -%}
    case
        when {{ exact }} then 'exact'
        when {{ is_small(count) }} then 'suppressed'
        else 'rounded'
    end
{%- endmacro %}
