{#
    History is made of the snapshots that landed: another delivery for a month changes versions from that month on, and none
    before. Other boundaries may place every row elsewhere.
#}
with deliveries as (
    select
        delivery_area,
        month,
        delivery
    from {{ ref('stg_landing__deliveries') }}
    where status = 'landed' and register = 'population'
),

changed as (
    {{ differences('deliveries', ['delivery_area', 'month'], ['delivery'], shown=['month']) }}
),

changed_areas as (
    select * from {{ ref('int_touched__areas') }}
),

months as (
    select month from changed
    union
    select months.month
    from {{ ref('int_months') }} as months
    cross join changed_areas
),

touched as (
    select min(month) as first_month from months
)

select * from touched
