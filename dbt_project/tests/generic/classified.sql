{#
    Fails with every value that is not among `values`, null included. Of a table that increments keep, an increment looks at the rows
    that it made (`touched`).
#}
{% test classified(model, column_name, values, touched=none) %}
{% if touched %}
-- depends_on: {{ ref(touched) }}
{% endif %}

select
    {{ column_name }},
    count(*) as found
from {{ model }} as standing
where
    {% if touched and is_increment() %}
    {{ is_touched(touched) }} and
    {% endif %}
    ({{ column_name }} is null or {{ column_name }} not in ('{{ values | join("', '") }}'))
group by {{ column_name }}

{% endtest %}
