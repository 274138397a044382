with revisions as (
    select * from {{ ref('measure_revisions') }}
),

months as (
    select month from {{ ref('int_months') }}
    where is_reported
),

{# Events of before the calendar were never due. #}
cells as (
    select distinct
        revisions.area_code,
        revisions.area_level,
        revisions.measure,
        revisions.event_month
    from revisions
    inner join {{ ref('int_months') }} as calendar on revisions.event_month = calendar.month
),

{# A cell is seen at every snapshot from the month of its events on. #}
seen as (
    select
        cells.area_code,
        cells.area_level,
        cells.measure,
        cells.event_month,
        months.month as vintage_month
    from cells
    inner join months on cells.event_month <= months.month
),

summed as (
    select
        seen.area_code,
        seen.area_level,
        seen.measure,
        seen.event_month,
        seen.vintage_month,
        coalesce(sum(revisions.records_added - revisions.records_taken), 0) as value
    from seen
    left join revisions
        on
            seen.area_code = revisions.area_code
            and seen.measure = revisions.measure
            and seen.event_month = revisions.event_month
            and seen.vintage_month >= revisions.vintage_month
    group by seen.area_code, seen.area_level, seen.measure, seen.event_month, seen.vintage_month
)

select * from summed
