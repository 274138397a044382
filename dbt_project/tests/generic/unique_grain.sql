{#
    Fails with the keys that occur more than once. Of a table that increments keep, an increment looks at the rows that it made:
    those on the work list `touched`, or the months that it counted anew of a register.
#}
{% test unique_grain(model, columns, touched=none, months_of=none) %}
{% if touched or months_of %}
-- depends_on: {{ ref(touched or 'int_touched__registers') }}
{% endif %}

select {{ columns | join(', ') }}
from {{ model }} as standing
{% if touched and is_increment() %}
where {{ is_touched(touched) }}
{% elif months_of and is_increment() %}
where standing.month >= {{ changed_from([months_of]) }}
{% endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
