with counts as (
    select * from {{ ref('int_touched__counts') }}
),

availability as (
    select * from {{ ref('int_touched__availability') }}
),

changed_areas as (
    select * from {{ ref('int_touched__areas') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

measures as (
    select * from {{ ref('measures') }}
),

months as (
    select month from {{ ref('int_months') }}
),

clocks as (
    select 'event' as clock
    union all
    select 'report' as clock
),

touched as (
    select
        area_code,
        month,
        clock,
        measure
    from counts
    union
    select
        areas.area_code,
        availability.month,
        clocks.clock,
        measures.measure
    from availability
    inner join areas on availability.area_code = coalesce(areas.county_code, areas.area_code)
    inner join measures on availability.register = measures.register
    cross join clocks
    union
    select
        changed_areas.area_code,
        months.month,
        clocks.clock,
        measures.measure
    from changed_areas
    cross join months
    cross join measures
    cross join clocks
)

select * from touched
