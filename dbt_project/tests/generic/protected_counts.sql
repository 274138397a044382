{# Fails with every published count below the city that is small or not rounded. #}
{% test protected_counts(model) %}

select area_code, month, clock, measure, stratum
from {{ model }}
where
    area_level <> 'city'
    and (
        protection = 'exact'
        or (value > 0 and value <= {{ var('min_count') }})
        or value % {{ var('base') }} <> 0
    )

{% endtest %}
