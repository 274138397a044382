{#
    History is made of the snapshots that landed: another delivery for a month changes versions from that month on, and none
    before. Other boundaries may place every row elsewhere.
#}
with deliveries as (
    select
        register,
        delivery_area,
        month,
        delivery
    from {{ ref('stg_landing__deliveries') }}
    where status = 'landed' and register in ('population', 'areas')
),

changed as (
    {{ differences('deliveries', ['register', 'delivery_area', 'month'], ['delivery'], shown=['register', 'month']) }}
),

months as (
    select min(month) as first_month from {{ ref('int_months') }}
),

touched as (
    select
        min(case when changed.register = 'areas' then months.first_month else changed.month end) as first_month
    from changed
    cross join months
)

select * from touched
