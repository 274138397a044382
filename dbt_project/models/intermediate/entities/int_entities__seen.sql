{#
    What is counted once however often it was seen: institutions inspected, townships visited. An inspection of an institution
    that is on no register of facilities is not counted, so that coverage cannot pass 100 %.
#}
with inspected as (
    select * from {{ ref('int_institution_inspections__current') }}
),

visited as (
    select * from {{ ref('int_inspections__current') }}
),

facilities as (
    select distinct
        {{ area_of_delivery('delivery_area') }} as county_code,
        institution_code
    from {{ ref('stg_facilities') }}
),

seen as (
    select
        'institutions_inspected' as measure,
        concat(inspected.county_code, inspected.institution_code) as entity,
        inspected.area_code,
        inspected.event_month,
        inspected.reported_month
    from inspected
    inner join facilities
        on inspected.county_code = facilities.county_code and inspected.institution_code = facilities.institution_code
    union all
    select
        'townships_visited' as measure,
        {{ area_at('area_code', 'township') }} as entity,
        {{ area_at('area_code', 'township') }} as area_code,
        event_month,
        reported_month
    from visited
    where {{ area_from('area_code', 'township') }} is not null
),

on_clocks as (
    select
        measure,
        entity,
        area_code,
        'event' as clock,
        event_month as month
    from seen
    union all
    select
        measure,
        entity,
        area_code,
        'report' as clock,
        reported_month as month
    from seen
),

placed as (
    {% for level in ['city', 'county', 'township', 'village'] %}
    {{ 'union' if not loop.first }}
    select
        {{ area_at('area_code', level) if level == 'city' else area_from('area_code', level) }} as area_code,
        month,
        clock,
        measure,
        entity
    from on_clocks
    {% endfor %}
)

select * from placed
where area_code is not null
