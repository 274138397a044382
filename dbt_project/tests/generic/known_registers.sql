{# Fails with every value that names a register which does not exist, or one twice. #}
{% test known_registers(model, column_name) %}

select named.{{ column_name }}
from (select distinct {{ column_name }} from {{ model }}) as named
left join {{ ref('registers') }} as registers on {{ is_among('registers.register', 'named.' ~ column_name) }}
group by named.{{ column_name }}
having count(registers.register) <> length(named.{{ column_name }}) - length(replace(named.{{ column_name }}, '|', '')) + 1

{% endtest %}
