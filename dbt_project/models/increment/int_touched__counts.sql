with changed as (
    select distinct
        area_code,
        month,
        clock,
        measure
    from {{ ref('int_changed__counts') }}
),

clocks as (
    {{ measured_clocks() }}
),

on_clocks as (
    select
        changed.area_code,
        changed.month,
        clocks.clock,
        changed.measure
    from changed
    inner join clocks on changed.clock = clocks.measured_on
),

{# A count of a village is one of its township, county and city as well. #}
reached as (
    {% for level in ['city', 'county', 'township', 'village'] %}
    {{ 'union' if not loop.first }}
    select
        {{ area_at('area_code', level) if level == 'city' else area_from('area_code', level) }} as area_code,
        month,
        clock,
        measure
    from on_clocks
    {% endfor %}
),

touched as (
    select * from reached
    where area_code is not null
)

select * from touched
