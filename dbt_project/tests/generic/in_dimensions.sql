{#
    Fails with every key of a fact that some row lacks or that its dimension does not have, and how many rows. `keys` and
    `optional` (keys that a row may lack) say column: dimension.column. One query a fact: a build runs it every month.
#}
{% test in_dimensions(model, keys, optional={}) %}

{% for column, target in dict(keys, **optional).items() %}
{%- set dimension, field = target.split('.') %}
{{ 'union all' if not loop.first }}
select
    '{{ column }}' as key_column,
    count(*) as orphans
from {{ model }} as facts
left join (select distinct {{ field }} as dimension_key from {{ ref(dimension) }}) as members
    on facts.{{ column }} = members.dimension_key
where members.dimension_key is null{{ ' and facts.' ~ column ~ ' is not null' if column in optional }}
having count(*) > 0
{% endfor %}

{% endtest %}
