{# Cells where what the triangle knows now is not the measure as it stands: added and taken records must come to it. #}
{% test last_vintage_is_the_measure(model) %}
with triangle as (
    select * from {{ model }}
    where replaced_month is null
),

told as (
    {% for counts in event_counts() %}
    {% for measure in counts.measures %}
    select '{{ measure }}' as measure {{ 'union' if not loop.last }}
    {% endfor %}
    {{ 'union' if not loop.last }}
    {% endfor %}
),

measures as (
    select rolled_up.*
    from {{ ref('int_measures__rolled_up') }} as rolled_up
    inner join told on rolled_up.measure = told.measure
    inner join {{ ref('int_areas') }} as areas on rolled_up.area_code = areas.area_code
    where rolled_up.clock = 'event' and rolled_up.stratum = '' and areas.area_level <> 'village'
),

differing as (
    select
        coalesce(triangle.area_code, measures.area_code) as area_code,
        coalesce(triangle.measure, measures.measure) as measure,
        coalesce(triangle.event_month, measures.month) as month,
        triangle.value as known,
        measures.value
    from triangle
    full join measures
        on
            triangle.area_code = measures.area_code
            and triangle.event_month = measures.month
            and triangle.measure = measures.measure
    where coalesce(triangle.value, 0) <> coalesce(measures.value, 0)
)

select * from differing
{% endtest %}
