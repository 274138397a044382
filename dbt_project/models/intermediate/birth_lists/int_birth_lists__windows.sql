{# The counts of each pair of lists are additive; what is estimated from them is not, and is done where it is used. #}
with linked as (
    select * from {{ ref('int_birth_lists__linked') }}
),

members as (
    select * from {{ ref('int_window_months') }}
),

areas as (
    select * from {{ ref('int_areas') }}
    where area_level = 'county'
),

pairs as (
    select * from {{ ref('list_pairs') }}
),

registers as (
    select register from {{ ref('registers') }}
),

availability as (
    select * from {{ ref('int_window_availability') }}
),

monthly as (
    {% for pair, second in [
        ('birth_certificates', 'certified'), ('vaccinations', 'vaccinated'), ('household_entries', 'entered'),
        ('all_lists', 'evidenced')
    ] %}
    {{ 'union all' if not loop.first }}
    select
        {{ area_at('area_code', 'county') }} as area_code,
        event_month as month,
        '{{ pair }}' as list_pair,
        sum(registered) as births_unadjusted,
        sum({{ second }}) as births_listed,
        sum(least(registered, {{ second }})) as births_in_both
    from linked
    group by {{ area_at('area_code', 'county') }}, event_month
    {% endfor %}
),

totals as (
    select
        monthly.area_code,
        members.`window`,
        members.period_end,
        monthly.list_pair,
        sum(monthly.births_unadjusted) as births_unadjusted,
        sum(monthly.births_listed) as births_listed,
        sum(monthly.births_in_both) as births_in_both
    from monthly
    inner join members on monthly.month = members.month
    group by monthly.area_code, members.`window`, members.period_end, monthly.list_pair
),

windows as (
    select distinct
        `window`,
        period_end
    from members
),

{# A pair is known where every one of its registers is. #}
known as (
    select
        pairs.list_pair,
        availability.area_code,
        availability.`window`,
        availability.period_end,
        min(availability.is_covered) as is_covered,
        max(availability.is_provisional) as is_provisional
    from pairs
    inner join registers on {{ is_among('registers.register', 'pairs.registers') }}
    inner join availability on registers.register = availability.register
    group by pairs.list_pair, availability.area_code, availability.`window`, availability.period_end
),

grid as (
    select
        areas.area_code,
        areas.area_level,
        windows.`window`,
        windows.period_end,
        pairs.list_pair,
        case
            when coalesce(known.is_covered, 0) = 0 then 'no_delivery'
            when known.is_provisional = 1 then 'provisional'
            else 'ok'
        end as availability
    from areas
    inner join windows
        on
            areas.valid_from <= windows.period_end
            and (areas.valid_to is null or areas.valid_to > windows.period_end)
    cross join pairs
    left join known
        on
            areas.area_code = known.area_code
            and windows.`window` = known.`window`
            and windows.period_end = known.period_end
            and pairs.list_pair = known.list_pair
),

cells as (
    select
        grid.*,
        case
            when grid.availability <> 'no_delivery' then cast(coalesce(totals.births_unadjusted, 0) as double)
        end as births_unadjusted,
        case
            when grid.availability <> 'no_delivery' then cast(coalesce(totals.births_listed, 0) as double)
        end as births_listed,
        case
            when grid.availability <> 'no_delivery' then cast(coalesce(totals.births_in_both, 0) as double)
        end as births_in_both
    from grid
    left join totals
        on
            grid.area_code = totals.area_code
            and grid.`window` = totals.`window`
            and grid.period_end = totals.period_end
            and grid.list_pair = totals.list_pair
)

select * from cells
