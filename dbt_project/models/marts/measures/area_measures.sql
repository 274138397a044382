{{ config(alias='measures') }}

with rolled_up as (
    select * from {{ ref('int_measures__rolled_up') }}
),

measures as (
    select * from {{ ref('measures') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

months as (
    select * from {{ ref('int_months') }}
),

availability as (
    select * from {{ ref('int_availability') }}
    where is_covered = 1
),

clocks as (
    select 'event' as clock
    union all
    select 'report' as clock
),

{# The strata that a measure has by definition, and those that occur besides (mothers of unknown age). #}
strata as (
    select
        measure,
        '' as stratum
    from measures
    where strata is null
    union
    select
        measures.measure,
        age_groups.age_group as stratum
    from measures
    cross join {{ ref('age_groups') }} as age_groups
    where measures.strata = 'age_group'
    union
    select
        measure,
        stratum
    from rolled_up
),

cells as (
    select
        areas.area_code,
        areas.area_level,
        months.month,
        clocks.clock,
        strata.measure,
        strata.stratum
    from availability
    inner join months on availability.month = months.month
    inner join areas
        on
            availability.area_code = areas.area_code
            and months.month_end >= areas.valid_from
            and (areas.valid_to is null or months.month_end < areas.valid_to)
    inner join measures
        on
            availability.register = measures.register
            and (measures.finest_level = 'village' or areas.area_level <> 'village')
    inner join strata on measures.measure = strata.measure
    cross join clocks
    where clocks.clock = 'event' or measures.kind = 'stock' or availability.is_delivered = 1
),

filled as (
    select
        cells.area_code,
        cells.area_level,
        cells.month,
        cells.clock,
        cells.measure,
        cells.stratum,
        coalesce(rolled_up.value, 0) as value
    from cells
    left join rolled_up
        on
            cells.area_code = rolled_up.area_code
            and cells.month = rolled_up.month
            and cells.clock = rolled_up.clock
            and cells.measure = rolled_up.measure
            and cells.stratum = rolled_up.stratum
)

select * from filled
