{#
    Fails with every published count below the city that is small or not rounded. Of a table that increments keep, an increment
    looks at the rows that it made (`touched`).
#}
{% test protected_counts(model, touched=none) %}
{% if touched %}
-- depends_on: {{ ref(touched) }}
{% endif %}

select area_code, month, clock, measure, stratum
from {{ model }} as standing
where
    {% if touched and is_increment() %}
    {{ is_touched(touched) }} and
    {% endif %}
    area_level <> 'city'
    and (
        protection = 'exact'
        or (value > 0 and value <= {{ var('min_count') }})
        or value % {{ var('base') }} <> 0
    )

{% endtest %}
