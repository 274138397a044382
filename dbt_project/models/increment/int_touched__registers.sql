{#
    History is made of the snapshots that landed: another delivery for a month changes versions from that month on, and none
    before (decision 0003). When an area's changed months all lie behind those it had delivered, no version of before them is another
    one but for its end: only records with a version that comes or goes since then are to be looked at. Otherwise, and where areas
    changed, all are.
#}
with deliveries as (
    select
        register,
        delivery_area,
        month,
        delivery
    from {{ ref('stg_landing__deliveries') }}
    where status = 'landed'
),

changed as (
    {{ differences('deliveries', ['register', 'delivery_area', 'month'], ['delivery']) }}
),

changed_areas as (
    select * from {{ ref('int_touched__areas') }}
),

months as (
    select * from {{ ref('int_months') }}
    where is_reported
),

settled as (
    select * from {{ settled_deliveries() if is_increment() else 'deliveries' }}
),

last_settled as (
    select
        register,
        delivery_area,
        max(month) as last_month
    from settled
    group by register, delivery_area
),

bounds as (
    select
        min(month) as first_month,
        max(month) as last_month
    from settled
),

registers as (
    select distinct register from deliveries
),

{# What stands goes on standing in a month that only another register has delivered. #}
anew as (
    select
        changed.register,
        changed.month as first_month,
        case when changed.month <= last_settled.last_month then 0 else 1 end as is_appended
    from changed
    left join last_settled
        on changed.register = last_settled.register and changed.delivery_area = last_settled.delivery_area
    union all
    select
        registers.register,
        months.month as first_month,
        case when months.month < bounds.first_month then 0 else 1 end as is_appended
    from registers
    cross join months
    inner join bounds on months.month > bounds.last_month or months.month < bounds.first_month
    union all
    select
        registers.register,
        {{ beginning() }} as first_month,
        0 as is_appended
    from registers
    cross join changed_areas
),

touched as (
    select
        register,
        min(first_month) as first_month,
        case when min(is_appended) = 1 then min(first_month) else {{ beginning() }} end as records_from
    from anew
    group by register
)

select * from touched
