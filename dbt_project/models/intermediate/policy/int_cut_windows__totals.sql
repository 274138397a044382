{{ config(materialized='view') }}

with members as (
    select * from {{ ref('int_cut_windows__months') }}
),

live as (
    select * from {{ ref('int_indicators__live') }}
),

monthly as (
    select * from {{ ref('int_measures__rolled_up') }}
),

used as (
    {% for part in ['numerator', 'numerator_less', 'denominator', 'effective'] %}
    {{ 'union' if not loop.first }}
    select
        indicator,
        {{ part }} as measure
    from live
    where valid_from is not null or valid_to is not null
    {% endfor %}
),

totals as (
    select
        monthly.area_code,
        members.indicator,
        members.`window`,
        members.period_end,
        monthly.clock,
        monthly.measure,
        monthly.stratum,
        {{ added('monthly.value') }} as value
    from members
    inner join used on members.indicator = used.indicator
    inner join monthly on used.measure = monthly.measure and members.month = monthly.month
    group by
        monthly.area_code, members.indicator, members.`window`, members.period_end, monthly.clock, monthly.measure,
        monthly.stratum
)

select * from totals
