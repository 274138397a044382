{#
    Fails with the keys that occur more than once. Of a table that increments keep, an increment looks at the rows that it made:
    those on the work list `touched`.
#}
{% test unique_grain(model, columns, touched=none) %}
{% if touched %}
-- depends_on: {{ ref(touched) }}
{% endif %}

select {{ columns | join(', ') }}
from {{ model }} as standing
{% if touched and is_increment() %}
where {{ is_touched(touched) }}
{% endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
