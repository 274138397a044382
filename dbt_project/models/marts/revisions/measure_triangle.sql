with revisions as (
    select * from {{ ref('measure_revisions') }}
),

calendar as (
    select * from {{ ref('int_months') }}
),

{#
    Events of before the calendar were never due. What was known ahead of its month (a day due) counts from that month on.
#}
net as (
    select
        revisions.area_code,
        revisions.area_level,
        revisions.measure,
        revisions.event_month,
        greatest(revisions.vintage_month, revisions.event_month) as vintage_month,
        sum(revisions.records_added - revisions.records_taken) as value
    from revisions
    inner join calendar on revisions.event_month = calendar.month
    group by
        revisions.area_code,
        revisions.area_level,
        revisions.measure,
        revisions.event_month,
        greatest(revisions.vintage_month, revisions.event_month)
),

cells as (
    select distinct
        area_code,
        area_level,
        measure,
        event_month
    from net
),

{# A cell is seen at every snapshot from the month of its events on. #}
seen as (
    select
        cells.area_code,
        cells.area_level,
        cells.measure,
        cells.event_month,
        calendar.month as vintage_month
    from cells
    inner join calendar on cells.event_month <= calendar.month
),

known as (
    select
        seen.area_code,
        seen.area_level,
        seen.measure,
        seen.event_month,
        seen.vintage_month,
        sum(coalesce(net.value, 0)) over (
            partition by seen.area_code, seen.measure, seen.event_month
            order by seen.vintage_month
            rows between unbounded preceding and current row
        ) as value
    from seen
    left join net
        on
            seen.area_code = net.area_code
            and seen.measure = net.measure
            and seen.event_month = net.event_month
            and seen.vintage_month = net.vintage_month
),

reported as (
    select known.*
    from known
    inner join calendar on known.vintage_month = calendar.month
    where calendar.is_reported
)

select * from reported
