{#
    Fails with every published rate below the city whose parts or sample are small or not rounded, and with withheld ones that show a
    value. Of a table that increments keep, an increment looks at the rows that it made (`touched`; see touched_rows).
#}
{% test protected_rates(model, touched=none, kept_in=none) %}
{% if touched %}
-- depends_on: {{ ref(touched) }}
{% endif %}
{% if kept_in %}
-- depends_on: {{ ref(kept_in) }}
{% endif %}

select area_code, indicator, `window`, period_end, clock
from {{ touched_rows(model, touched, kept_in) }}
    and area_level <> 'city'
    and (
        numerator % {{ var('base') }} <> 0
        or denominator % {{ var('base') }} <> 0
        or effective_size % {{ var('base') }} <> 0
        or (value is not null and least(denominator, effective_size) < {{ var('min_denominator') }})
        or (value is not null and status not in ('ok', 'provisional'))
        or (status = 'suppressed' and (low is not null or high is not null))
    )

{% endtest %}
