{#
    Fails with every published rate below the city whose parts or sample are small or not rounded, and with withheld ones that show a
    value. Of a table that increments keep, an increment looks at the rows that it made (`touched`).
#}
{% test protected_rates(model, touched=none) %}
{% if touched %}
-- depends_on: {{ ref(touched) }}
{% endif %}

select area_code, indicator, `window`, period_end, clock
from {{ model }} as standing
where
    {% if touched and is_increment() %}
    {{ is_touched(touched) }} and
    {% endif %}
    area_level <> 'city'
    and (
        numerator % {{ var('base') }} <> 0
        or denominator % {{ var('base') }} <> 0
        or effective_size % {{ var('base') }} <> 0
        or (value is not null and least(denominator, effective_size) < {{ var('min_denominator') }})
        or (value is not null and status not in ('ok', 'provisional'))
        or (status = 'suppressed' and (low is not null or high is not null))
    )

{% endtest %}
