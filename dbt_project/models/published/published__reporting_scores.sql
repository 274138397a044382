with calendar as (
    select * from {{ ref('published__delivery_calendar') }}
    where due_on is not null
),

counted as (
    select
        area_code,
        month,
        count(*) as deliveries_due,
        count(*) filter (where status = 'landed') as deliveries_landed,
        count(*) filter (where timeliness = 'in_time') as deliveries_in_time,
        count(*) filter (where timeliness in ('in_time', 'late', 'missing')) as deliveries_judged
    from calendar
    group by area_code, month
),

final as (
    select
        area_code,
        month,
        cast(deliveries_due as int) as deliveries_due,
        cast(deliveries_landed as int) as deliveries_landed,
        cast(deliveries_judged as int) as deliveries_judged,
        cast(deliveries_in_time as int) as deliveries_in_time,
        round(deliveries_landed / nullif(deliveries_due, 0), 4) as completeness,
        round(deliveries_in_time / nullif(deliveries_judged, 0), 4) as timeliness
    from counted
)

select * from final
