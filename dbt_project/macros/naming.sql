{# The plain custom schema: the warehouse is one environment, so a prefix would only make names longer. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{# A published table is called what its mart is called; model names have to be unique, so theirs start with published__. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- set name = custom_alias_name or node.name -%}
    {{ name[('published__' | length):] if name.startswith('published__') else name }}
{%- endmacro %}
