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
        deliveries.redelivery
    from expected
    left join deliveries
        on
            expected.register = deliveries.register
            and expected.area_code = deliveries.area_code
            and expected.month = deliveries.month
    {# A standing register stands until its next delivery, a quarterly one is due once: other months are no gaps. #}
    where
        (expected.frequency <> 'standing' and expected.month = expected.due_month)
        or deliveries.register is not null
)

select * from calendar
