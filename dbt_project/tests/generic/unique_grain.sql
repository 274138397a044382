{# Fails with the keys that occur more than once. #}
{% test unique_grain(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
