with needs as (
    select * from {{ ref('int_constant_boundary__needs') }}
),

monthly as (
    select * from {{ ref('int_constant_boundary__measures') }}
),

availability as (
    select * from {{ ref('int_constant_boundary__availability') }}
),

additive as (
    select
        monthly.area_code,
        needs.indicator,
        needs.part,
        needs.`window`,
        needs.period_end,
        monthly.clock,
        monthly.stratum,
        case
            when max(needs.window_rule) = 'mean_of_ends'
                then
                    ({{ added(
                        "case when monthly.month in (needs.last_counted, availability.month) then monthly.value else 0 end"
                    ) }})
                    / (1 + count(distinct availability.month))
            else {{ added('monthly.value') }}
        end as value
    from needs
    inner join monthly
        on
            needs.measure = monthly.measure
            and monthly.month between needs.first_needed and needs.last_counted
    left join availability
        on
            monthly.area_code = availability.area_code
            and needs.register = availability.register
            and needs.first_needed = availability.month
            and needs.window_rule = 'mean_of_ends'
            and availability.is_covered = 1
    where needs.window_rule <> 'distinct'
    group by
        monthly.area_code, needs.indicator, needs.part, needs.`window`, needs.period_end, monthly.clock, monthly.stratum
),

{# Entities are counted once in a window; before an area changed they are not counted at all (int_area_breaks). #}
entities as (
    select
        seen.area_code,
        needs.indicator,
        needs.part,
        needs.`window`,
        needs.period_end,
        seen.clock,
        seen.stratum,
        seen.value
    from needs
    inner join {{ ref('int_entities__windows') }} as seen
        on
            needs.measure = seen.measure
            and needs.`window` = seen.`window`
            and needs.period_end = seen.period_end
),

totals as (
    select * from additive
    union all
    select * from entities
)

select * from totals
