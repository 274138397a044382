insert into assessments
with due as (
    select t.*, m.period_end, a.area_code
    from targets as t
    cross join (select distinct period_end from indicator_values) as m
    inner join dim_area as a on t.level = a.area_level
    where t.scheme in ('ezhou', 'jingdong')
),
compared as (
    select due.*, v.vintage, v.value, v.low, v.high,
        case
            when due.indicator not in (select distinct indicator from indicator_values)
                then 'indicator_not_live'
            when due.frequency = 'annual' and month(due.period_end) <> 9 then 'not_due'
            when v.status is null then 'no_delivery'
            when v.status = 'ok' then ''
            else v.status
        end as reason
    from due
    left join indicator_values as v
        on due.area_code = v.area_code and due.indicator = v.indicator and due."window" = v."window"
        and due.period_end = v.period_end and v.clock = 'report'
)
select scheme, area_code, indicator, period_end, coalesce(vintage, ?),
    operator, target, target_upper, frequency,
    "window", value, low, high,
    case
        when reason not in ('', 'provisional') or value is null then 'not_assessed'
        when operator = '>=' and low >= target or operator = '<=' and high <= target then 'met'
        when operator = '>=' and high < target or operator = '<=' and low > target then 'missed'
        when operator = 'between' and (low > target_upper or high < target) then 'missed'
        else 'not_distinguishable'
    end, veto, reason
from compared
