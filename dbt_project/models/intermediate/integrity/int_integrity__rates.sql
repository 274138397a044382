{#
    Shares over the policy year. `full_rates`: an area without a single shortfall where the rest of the city has so many that some were
    to be expected. `past_target`: of the townships whose share lies close to a target, how many lie just on its right side (the caliper
    test of Gerber and Malhotra 2008, Sociological Methods and Research 37).
#}
with indicators as (
    select * from {{ ref('int_indicators__live') }}
    where interval_method = 'wilson'
),

shares as (
    select
        shown.*,
        indicators.better,
        indicators.numerator as numerator_measure
    from {{ ref('int_indicator_values') }} as shown
    inner join indicators on shown.indicator = indicators.indicator
    where shown.`window` = 'policy_year_to_date' and shown.clock = 'report' and shown.value is not null
),

last_month as (
    {{ last_reported_month() }}
),

current_shares as (
    select
        shares.*,
        last_month.month,
        {{ area_at('shares.area_code', 'city') }} as city_code
    from shares
    inner join last_month on shares.period_end = last_day(last_month.month)
),

measures as (
    select * from {{ ref('measures') }}
),

targets as (
    select distinct
        targets.indicator,
        targets.operator,
        targets.target,
        last_month.month
    from {{ ref('targets') }} as targets
    inner join last_month
        on targets.valid_from <= last_month.month and (targets.valid_to is null or targets.valid_to > last_month.month)
    where targets.operator in ('>=', '<=')
),

cities as (
    select * from current_shares
    where area_level = 'city'
),

full_rates as (
    select
        'full_rates' as method,
        measures.register,
        areas.indicator,
        areas.area_code,
        areas.month,
        areas.denominator - areas.numerator as hits,
        areas.denominator as cases,
        ((cities.denominator - cities.numerator) - (areas.denominator - areas.numerator))
        / nullif(cities.denominator - areas.denominator, 0) as chance
    from current_shares as areas
    inner join cities
        on areas.indicator = cities.indicator and areas.city_code = cities.area_code
    inner join measures on areas.numerator_measure = measures.measure
    where areas.area_level in ('county', 'township') and areas.better = 'higher'
),

near_targets as (
    select
        townships.indicator,
        townships.numerator_measure,
        townships.city_code as area_code,
        townships.month,
        targets.target,
        case
            when (targets.operator = '>=' and townships.value >= targets.target)
                or (targets.operator = '<=' and townships.value <= targets.target) then 1
            else 0
        end as is_hit
    from current_shares as townships
    inner join targets
        on
            townships.indicator = targets.indicator
            and abs(townships.value - targets.target) <= {{ var('caliper') }}
    {# A value that cannot lie elsewhere (100 of 100) says nothing. #}
    where townships.area_level = 'township' and townships.value < 100 and townships.value > 0
),

past_target as (
    select
        'past_target' as method,
        measures.register,
        near_targets.indicator,
        near_targets.area_code,
        near_targets.month,
        near_targets.target,
        cast(sum(near_targets.is_hit) as double) as hits,
        cast(count(*) as double) as cases,
        cast(null as double) as chance
    from near_targets
    inner join measures on near_targets.numerator_measure = measures.measure
    group by measures.register, near_targets.indicator, near_targets.area_code, near_targets.month, near_targets.target
),

{# Of several targets of one indicator the most striking speaks. #}
ranked as (
    select
        *,
        row_number() over (
            partition by register, indicator, area_code, month
            order by hits / nullif(cases, 0) desc, cases desc, target asc
        ) as place
    from past_target
),

rates as (
    select
        *,
        1 as place
    from full_rates
    union all
    select
        method,
        register,
        indicator,
        area_code,
        month,
        hits,
        cases,
        chance,
        place
    from ranked
)

select * from rates
