{#
    Fails with the keys that occur more than once. Of a table that increments keep, an increment looks at the rows that it made:
    those on the work list `touched` (see touched_rows), or the months that it counted anew of a register.
#}
{% test unique_grain(model, columns, touched=none, months_of=none, kept_in=none) %}
{% if touched or months_of %}
-- depends_on: {{ ref(touched or 'int_touched__registers') }}
{% endif %}
{% if kept_in %}
-- depends_on: {{ ref(kept_in) }}
{% endif %}

select {{ columns | join(', ') }}
from {{ touched_rows(model, touched, kept_in) }}
{% if months_of and is_increment() %}
    and standing.month >= {{ changed_from([months_of]) }}
{% endif %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
