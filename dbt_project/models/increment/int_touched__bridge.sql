with bridge as (
    select * from {{ ref('int_bridge__months') }}
),

changed as (
    {{ differences('bridge', ['area_code', 'event_month', 'reported_month', 'measure'], ['value']) }}
),

windows as (
    select * from {{ ref('int_bridge__periods') }}
),

changed_windows as (
    {{ differences('windows', ['`window`', 'period_end'], []) }}
),

pairs as (
    select distinct
        area_code,
        measure
    from bridge
),

touched as (
    select
        changed.area_code,
        changed.measure,
        windows.`window`,
        windows.period_end
    from changed
    inner join windows
        on
            changed.event_month between windows.first_month and windows.closing_month
            or changed.reported_month between windows.first_month and windows.closing_month
    union
    select
        pairs.area_code,
        pairs.measure,
        changed_windows.`window`,
        changed_windows.period_end
    from changed_windows
    cross join pairs
)

select * from touched
