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
