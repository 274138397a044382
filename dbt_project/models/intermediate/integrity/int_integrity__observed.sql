{#
    What is looked at. Of several targets of an indicator and of several measures of a register one speaks (place 1); the others are
    kept, because a single record may give the word to another, and publication has to know it (published__integrity_signals).
#}
{%- set places = {
    'age_heaping': '1', 'days': '1', 'repeats': '1', 'rates': 'looked_at.place', 'revisions': 'looked_at.place'
} %}

with observed as (
    {% for part, place in places.items() %}
    {{ 'union all' if not loop.first }}
    select
        looked_at.method,
        looked_at.register,
        looked_at.indicator,
        looked_at.area_code,
        looked_at.month,
        looked_at.hits,
        looked_at.cases,
        looked_at.chance,
        {{ place }} as place
    from {{ ref('int_integrity__' ~ part) }} as looked_at
    {% endfor %}
)

select * from observed
