with revisions as (
    select * from {{ ref('measure_revisions') }}
),

calendar as (
    select * from {{ ref('int_months') }}
),

{#
    Events of before the calendar were never due. What was known ahead of its month (a day due) counts from that month on.
#}
placed as (
    select
        revisions.area_code,
        revisions.area_level,
        revisions.measure,
        revisions.event_month,
        greatest(revisions.vintage_month, revisions.event_month) as vintage_month,
        revisions.records_added - revisions.records_taken as records
    from revisions
    inner join calendar on revisions.event_month = calendar.month
),

net as (
    select
        area_code,
        area_level,
        measure,
        event_month,
        vintage_month,
        sum(records) as records
    from placed
    group by area_code, area_level, measure, event_month, vintage_month
    having sum(records) <> 0
),

known as (
    select
        area_code,
        area_level,
        measure,
        event_month,
        vintage_month,
        lead(vintage_month) over (
            partition by area_code, measure, event_month
            order by vintage_month
        ) as replaced_month,
        sum(records) over (
            partition by area_code, measure, event_month
            order by vintage_month
            rows between unbounded preceding and current row
        ) as value
    from net
)

select * from known
