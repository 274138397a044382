with members as (
    select * from {{ ref('int_window_months') }}
),

monthly as (
    select * from {{ ref('int_measures__rolled_up') }}
),

measures as (
    select * from {{ ref('measures') }}
),

availability as (
    select * from {{ ref('int_availability') }}
    where is_covered = 1
),

flows as (
    select
        monthly.area_code,
        members.`window`,
        members.period_end,
        monthly.clock,
        monthly.measure,
        monthly.stratum,
        {{ added('monthly.value') }} as value
    from monthly
    inner join measures on monthly.measure = measures.measure and measures.window_rule = 'sum'
    inner join members on monthly.month = members.month
    group by
        monthly.area_code, members.`window`, members.period_end, monthly.clock, monthly.measure, monthly.stratum
),

closing as (
    select
        monthly.area_code,
        members.`window`,
        members.period_end,
        members.opening_month,
        monthly.clock,
        monthly.measure,
        monthly.stratum,
        measures.register,
        measures.window_rule,
        monthly.value
    from monthly
    inner join measures on monthly.measure = measures.measure and measures.kind = 'stock'
    inner join members on monthly.month = members.month and members.is_closing
),

stocks as (
    select
        closing.area_code,
        closing.`window`,
        closing.period_end,
        closing.clock,
        closing.measure,
        closing.stratum,
        case
            when closing.window_rule = 'mean_of_ends' and availability.area_code is not null
                then (coalesce(opening.value, 0) + closing.value) / 2
            else closing.value
        end as value
    from closing
    left join monthly as opening
        on
            closing.area_code = opening.area_code
            and closing.opening_month = opening.month
            and closing.clock = opening.clock
            and closing.measure = opening.measure
            and closing.stratum = opening.stratum
    left join availability
        on
            closing.area_code = availability.area_code
            and closing.register = availability.register
            and closing.opening_month = availability.month
),

totals as (
    select * from flows
    union all
    select * from stocks
    union all
    select * from {{ ref('int_entities__windows') }}
)

select * from totals
