with indicators as (
    select * from {{ ref('indicators') }}
),

measures as (
    select * from {{ ref('measures') }}
),

disclosive as (
    select * from {{ ref('disclosive_noughts') }}
),

live as (
    select
        indicators.*,
        plus.register as numerator_register,
        plus.kind as numerator_kind,
        plus.window_rule as numerator_window_rule,
        less.register as less_register,
        less.kind as less_kind,
        less.window_rule as less_window_rule,
        below.register as denominator_register,
        below.kind as denominator_kind,
        below.window_rule as denominator_window_rule,
        plus.strata,
        case
            when plus.finest_level = 'township' then 0
            when less.finest_level = 'township' or below.finest_level = 'township' then 0
            else 1
        end as is_of_villages,
        case when indicators.denominator is null then 1 else 0 end as is_count,
        case
            when
                {{ is_open('plus.unit') }}
                and {{ is_open("coalesce(less.unit, plus.unit)") }}
                and {{ is_open("coalesce(below.unit, plus.unit)") }}
                then 0
            else 1
        end as is_of_persons,
        case when plus.unit = 'yuan' and indicators.effective is not null then 1 else 0 end as is_amount,
        case
            when plus.strata is null and less.measure is null and indicators.effective is null then 1
            else 0
        end as is_simple,
        case when disclosive.indicator is not null then 1 else 0 end as has_disclosive_nought
    from indicators
    inner join measures as plus on indicators.numerator = plus.measure
    left join measures as below on indicators.denominator = below.measure
    left join measures as less on indicators.numerator_less = less.measure
    left join measures as squares on indicators.effective = squares.measure
    left join disclosive on indicators.indicator = disclosive.indicator
    where
        (indicators.numerator_less is null or less.measure is not null)
        and (indicators.denominator is null or below.measure is not null)
        and (indicators.effective is null or squares.measure is not null)
)

select * from live
