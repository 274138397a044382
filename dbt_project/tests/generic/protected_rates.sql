{# Fails with every published rate below the city whose parts or sample are small or not rounded, and with withheld ones that show a value. #}
{% test protected_rates(model) %}

select area_code, indicator, `window`, period_end, clock
from {{ model }}
where
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
