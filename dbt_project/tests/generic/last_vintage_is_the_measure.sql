{# Rows where the last vintage of the triangle differs from the measure as it stands: added and taken records must come to it. #}
{% test last_vintage_is_the_measure(model) %}
with triangle as (
    select * from {{ model }}
    where vintage_month = (select max(month) from {{ ref('int_months') }} where is_reported)
),

measures as (
    select * from {{ ref('int_measures__rolled_up') }}
    where clock = 'event' and stratum = ''
),

differing as (
    select triangle.*
    from triangle
    left join measures
        on
            triangle.area_code = measures.area_code
            and triangle.event_month = measures.month
            and triangle.measure = measures.measure
    where triangle.value <> coalesce(measures.value, 0)
)

select * from differing
{% endtest %}
