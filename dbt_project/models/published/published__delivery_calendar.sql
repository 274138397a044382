with registers as (
    select * from {{ ref('registers') }}
),

months as (
    select * from {{ ref('int_months') }}
    where is_reported
),

areas as (
    select * from {{ ref('int_areas') }}
),

deliveries as (
    select
        register,
        {{ area_of_delivery('delivery_area') }} as area_code,
        month,
        redelivery,
        status
    from {{ ref('stg_landing__deliveries') }}
    where status in ('landed', 'held', 'refused')
    qualify
        row_number() over (
            partition by register, delivery_area, month
            order by case status when 'landed' then 0 when 'held' then 1 else 2 end, redelivery desc
        ) = 1
),

{# A correction that comes later does not make a delivery late. #}
received as (
    select
        register,
        {{ area_of_delivery('delivery_area') }} as area_code,
        month,
        cast(min(received_at) as date) as received_on
    from {{ ref('stg_landing__deliveries') }}
    where status in ('landed', 'superseded', 'held')
    group by register, delivery_area, month
),

{# What came long after its month was loaded as history: nobody was waiting for it. #}
live as (
    select min(month) as first_month
    from received
    where received_on < {{ add_days(add_months('month', 1), var('live_days')) }}
),

due_days as (
    select * from {{ ref('delivery_deadlines') }}
),

expected as (
    select
        registers.register,
        registers.frequency,
        areas.area_code,
        months.month,
        {{ due_month('registers.frequency', 'months.month') }} as due_month
    from registers
    inner join areas on registers.reported_by = areas.area_level
    inner join months
        on areas.valid_from <= months.month_end and (areas.valid_to is null or areas.valid_to > months.month_end)
),

calendar as (
    select
        expected.register,
        expected.area_code,
        expected.month,
        coalesce(deliveries.status, 'missing') as status,
        deliveries.redelivery,
        coalesce(due_days_of_area.due_day, due_days.due_day) as due_day,
        expected.month = expected.due_month as is_due
    from expected
    left join due_days
        on expected.register = due_days.register and due_days.area_code is null
    left join due_days as due_days_of_area
        on
            expected.register = due_days_of_area.register
            and expected.area_code = {{ area_of_delivery('due_days_of_area.area_code') }}
    left join deliveries
        on
            expected.register = deliveries.register
            and expected.area_code = deliveries.area_code
            and expected.month = deliveries.month
    {# A standing register stands until its next delivery, a quarterly one is due once: other months are no gaps. #}
    where
        (expected.frequency <> 'standing' and expected.month = expected.due_month)
        or deliveries.register is not null
),

dated as (
    select
        *,
        case when is_due then {{ add_days(add_months('month', 1), 'due_day - 1') }} end as due_on
    from calendar
),

final as (
    select
        dated.register,
        dated.area_code,
        dated.month,
        dated.status,
        dated.redelivery,
        dated.due_on,
        case
            when dated.due_on is null then null
            when live.first_month is null or dated.month < live.first_month then 'history'
            when received.received_on is null then 'missing'
            when received.received_on <= dated.due_on then 'in_time'
            else 'late'
        end as timeliness
    from dated
    cross join live
    left join received
        on
            dated.register = received.register
            and dated.area_code = received.area_code
            and dated.month = received.month
)

select * from final
