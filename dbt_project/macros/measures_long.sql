{#
    Facts to measures in long form: one row per area_code x month x clock x measure x stratum and, on the event clock, month in
    which it was first reported: the bridge between the clocks.

    relation   a relation with area_code and one month column per clock
    measures   measure -> the one SQL expression that aggregates it
    clocks     clock -> the column of `relation` that holds its month; a row without one does not count on that clock
    stratum    the column that splits a measure into strata, or '' as SQL text for none

    The relation is read once per clock into a wide aggregate, and only that small table is turned into rows.
#}
{% macro measures_long(relation, measures, clocks={'event': 'event_month', 'report': 'reported_month'}, stratum="''") -%}
with wide as (
    {% for clock, month in clocks.items() %}
    {{ 'union all' if not loop.first }}
    select
        area_code,
        {{ month }} as month,
        {{ clocks.report if clock == 'event' and 'report' in clocks else 'cast(null as date)' }} as reported_month,
        '{{ clock }}' as clock,
        {{ stratum }} as stratum
        {% for measure, expression in measures.items() %}
        , cast({{ expression }} as double) as {{ measure }}
        {% endfor %}
    from {{ relation }}
    where {{ month }} is not null
    group by
        area_code, {{ month }}
        {{- ', ' ~ clocks.report if clock == 'event' and 'report' in clocks }}
        {{- ', ' ~ stratum if stratum != "''" }}
    {% endfor %}
)

{% for measure in measures %}
{{ 'union all' if not loop.first }}
select
    area_code,
    month,
    clock,
    reported_month,
    '{{ measure }}' as measure,
    stratum,
    {{ measure }} as value
from wide
{% endfor %}
{%- endmacro %}

{# On which clocks a row in long form counts: a stock (`both`) stands on either. #}
{% macro measured_clocks() -%}
    {% for measured_on, clock in [('event', 'event'), ('report', 'report'), ('both', 'event'), ('both', 'report')] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ measured_on }}' as measured_on,
        '{{ clock }}' as clock
    {% endfor %}
{%- endmacro %}
