{#
    History is made of the snapshots that landed: another delivery for a month changes versions from that month on, and none
    before. Where areas changed, any row may belong elsewhere.
#}
with snapshots as (
    select * from {{ ref('int_population__snapshots') }}
),

changed as (
    {{ differences('snapshots', ['delivery_area', 'month'], ['delivery'], shown=['month']) }}
),

changed_areas as (
    select * from {{ ref('int_touched__areas') }}
),

every_month as (
    select month from {{ ref('int_months') }}
),

anew as (
    select month from changed
    union
    select every_month.month
    from every_month
    cross join changed_areas
),

touched as (
    select min(month) as first_month from anew
)

select * from touched
