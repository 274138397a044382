{# Cells without any row are absent here; marts.measures settles which are noughts and which were not delivered. #}
with long_form as (
    select * from {{ ref('int_measures__long_form') }}
    union all
    select * from {{ ref('int_measures__reported_figures') }}
),

months as (
    select month from {{ ref('int_months') }}
),

clocks as (
    select
        'event' as measured_on,
        'event' as clock
    union all
    select
        'report' as measured_on,
        'report' as clock
    union all
    select
        'both' as measured_on,
        'event' as clock
    union all
    select
        'both' as measured_on,
        'report' as clock
),

placed as (
    select
        {{ area_at('long_form.area_code', 'city') }} as city_code,
        {{ area_from('long_form.area_code', 'county') }} as county_code,
        {{ area_from('long_form.area_code', 'township') }} as township_code,
        {{ area_from('long_form.area_code', 'village') }} as village_code,
        long_form.month,
        clocks.clock,
        long_form.measure,
        long_form.stratum,
        long_form.value
    from long_form
    inner join months on long_form.month = months.month
    inner join clocks on long_form.clock = clocks.measured_on
),

rolled_up as (
    select
        coalesce(village_code, township_code, county_code, city_code) as area_code,
        month,
        clock,
        measure,
        stratum,
        {{ added('value', 6) }} as value
    from placed
    group by
        grouping sets (
            (month, clock, measure, stratum, city_code),
            (month, clock, measure, stratum, county_code),
            (month, clock, measure, stratum, township_code),
            (month, clock, measure, stratum, village_code)
        )
),

together as (
    select * from rolled_up
    union all
    select * from {{ ref('int_entities__months') }}
),

reached as (
    {# A row of a township belongs to no village: the set of that level collects it under null. #}
    select * from together
    where area_code is not null
)

select * from reached
