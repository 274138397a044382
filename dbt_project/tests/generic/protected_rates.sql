{#
    Fails with every published rate of persons below the city whose parts or sample are small or not rounded, that lies outside of what
    its level publishes, or that is withheld and shows a value. Of a table that increments keep, an increment looks at the rows that it
    made (`touched`; see touched_rows).
#}
{% test protected_rates(model, touched=none, kept_in=none) %}
{% if touched %}
-- depends_on: {{ ref(touched) }}
{% endif %}
{% if kept_in %}
-- depends_on: {{ ref(kept_in) }}
{% endif %}

with standing as (
    select *
    from {{ touched_rows(model, touched, kept_in) }}
        and area_level <> 'city'
)

select standing.area_code, standing.indicator, standing.`window`, standing.period_end, standing.clock
from standing
inner join {{ ref('int_indicators__live') }} as live on standing.indicator = live.indicator
left join {{ ref('int_publication_scope') }} as scope
    on
        standing.area_level = scope.area_level
        and standing.`window` = scope.`window`
        and standing.period_end = scope.period_end
where
    live.is_of_persons = 1
    and (
        standing.numerator % {{ var('base') }} <> 0
        or standing.denominator % {{ var('base') }} <> 0
        or standing.effective_size % {{ var('base') }} <> 0
        or (standing.value is not null and least(standing.denominator, standing.effective_size) < {{ var('min_denominator') }})
        or (standing.value is not null and standing.status not in ('ok', 'provisional'))
        or (standing.status = 'suppressed' and (standing.low is not null or standing.high is not null))
        or (
            scope.area_level is null
            and coalesce(standing.numerator, standing.denominator, standing.effective_size, standing.value) is not null
        )
    )

{% endtest %}
