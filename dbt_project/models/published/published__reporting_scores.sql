with calendar as (
    select * from {{ ref('published__delivery_calendar') }}
    where due_on is not null
),

counted as (
    select
        area_code,
        month,
        count(*) as deliveries_due,
        count_if(status = 'landed') as deliveries_landed,
        count_if(timeliness = 'in_time') as deliveries_in_time,
        count_if(timeliness in ('in_time', 'late', 'missing')) as deliveries_judged
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
        round(deliveries_landed / deliveries_due, 4) as completeness,
        round(deliveries_in_time / nullif(deliveries_judged, 0), 4) as timeliness
    from counted
)

select * from final
