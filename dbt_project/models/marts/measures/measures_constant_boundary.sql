with moved as (
    select * from {{ ref('int_constant_boundary__measures') }}
),

availability as (
    select * from {{ ref('int_constant_boundary__availability') }}
    where is_covered = 1
),

breaks as (
    select * from {{ ref('int_area_breaks') }}
),

measures as (
    select * from {{ ref('measures') }}
),

months as (
    select * from {{ ref('int_months') }}
),

touched as (
    select distinct
        area_code,
        area_level
    from {{ ref('int_constant_boundary__areas') }}
),

clocks as (
    select 'event' as clock
    union all
    select 'report' as clock
),

strata as (
    select * from {{ ref('int_constant_boundary__strata') }}
),

cells as (
    select
        touched.area_code,
        touched.area_level,
        months.month,
        clocks.clock,
        strata.measure,
        strata.stratum,
        availability.area_code is not null
        and (clocks.clock = 'event' or measures.kind = 'stock' or availability.is_delivered = 1) as is_covered,
        case
            when measures.kind = 'flow' and months.month < breaks.exact_from then 'no_exact_backcast'
            when measures.kind = 'stock' and months.month_end < breaks.exact_from then 'no_exact_backcast'
            else 'ok'
        end as status
    from touched
    cross join months
    cross join clocks
    inner join measures on measures.finest_level = 'village' or touched.area_level <> 'village'
    inner join strata on measures.measure = strata.measure
    left join availability
        on
            touched.area_code = availability.area_code
            and measures.register = availability.register
            and months.month = availability.month
    left join breaks on touched.area_code = breaks.area_code and measures.measure = breaks.measure
),

filled as (
    select
        cells.area_code,
        cells.area_level,
        cells.month,
        cells.clock,
        cells.measure,
        cells.stratum,
        case when cells.status = 'ok' then coalesce(moved.value, 0) end as value,
        cells.status
    from cells
    left join moved
        on
            cells.area_code = moved.area_code
            and cells.month = moved.month
            and cells.clock = moved.clock
            and cells.measure = moved.measure
            and cells.stratum = moved.stratum
    where cells.is_covered or cells.status = 'no_exact_backcast'
)

select * from filled
