{#
    Attested items: one row per item of an area's level x area x month's end, from the last visits and a relation shaped like
    assessments. An inspection is not enough where figures speak of the same: the seed attested_item_indicators says which. An item
    that the seed attested_items marks `needs_three_years` is only met when, besides, every item of every scheme that
    assesses the area was met, or could not be told from its target, in each of the last three policy years.

    met           passed at the last visit of the last twelve months, or put right within its term
    missed        failed there and not put right; or one of its indicators missed its target when a scheme last assessed it, within
                  twelve months; or a target missed in one of the three years
    not_assessed  not visited in twelve months, or not assessed in three policy years
#}
{% macro attest(assessments) -%}
with last_visits as (
    select * from {{ ref('int_inspections__last_visits') }}
),

criteria as (
    select * from {{ ref('attested_item_indicators') }}
),

assessed as (
    select
        scheme,
        area_code,
        indicator,
        period_end,
        verdict,
        lead(period_end) over (partition by scheme, area_code, indicator order by period_end) as next_period_end
    from {{ assessments }}
    where verdict <> 'not_assessed' and indicator in (select criteria.indicator from criteria)
),

judged as (
    select
        last_visits.area_code,
        last_visits.item,
        last_visits.period_end,
        count(*) as indicators_judged,
        sum(case when assessed.verdict = 'missed' then 1 else 0 end) as indicators_missed
    from last_visits
    inner join criteria on last_visits.item = criteria.item
    inner join assessed
        on
            last_visits.area_code = assessed.area_code
            and criteria.indicator = assessed.indicator
            and last_visits.period_end >= assessed.period_end
            and {{ add_months('last_visits.period_end', -12) }} < assessed.period_end
            and (assessed.next_period_end is null or assessed.next_period_end > last_visits.period_end)
    group by last_visits.area_code, last_visits.item, last_visits.period_end
),

years as (
    select
        area_code,
        year(period_end) as policy_year,
        max(case when verdict = 'missed' then 1 else 0 end) as has_missed
    from {{ assessments }}
    where month(period_end) = 9 and verdict <> 'not_assessed'
    group by area_code, year(period_end)
),

three_years as (
    select
        last_visits.area_code,
        last_visits.item,
        last_visits.period_end,
        count(years.policy_year) as years_assessed,
        coalesce(sum(1 - years.has_missed), 0) as years_met
    from last_visits
    left join years
        on
            last_visits.area_code = years.area_code
            and years.policy_year between year(last_visits.period_end) - case when month(last_visits.period_end) >= 9 then 2 else 3 end
            and year(last_visits.period_end) - case when month(last_visits.period_end) >= 9 then 0 else 1 end
    where last_visits.needs_three_years
    group by last_visits.area_code, last_visits.item, last_visits.period_end
),

reasons as (
    select
        last_visits.*,
        cast(three_years.years_met as int) as years_met,
        cast(coalesce(judged.indicators_judged, 0) as int) as indicators_judged,
        cast(coalesce(judged.indicators_missed, 0) as int) as indicators_missed,
        case
            when last_visits.visited_on is null then 'not_visited'
            when last_visits.passed = 'no' and last_visits.rectified_on is null then 'failed'
            when judged.indicators_missed > 0 then 'indicator_missed'
            when three_years.years_met < three_years.years_assessed then 'target_missed'
            when three_years.years_assessed < 3 then 'fewer_than_three_years'
            when last_visits.passed = 'no' then 'put_right'
            else ''
        end as reason
    from last_visits
    left join three_years
        on
            last_visits.area_code = three_years.area_code
            and last_visits.item = three_years.item
            and last_visits.period_end = three_years.period_end
    left join judged
        on
            last_visits.area_code = judged.area_code
            and last_visits.item = judged.item
            and last_visits.period_end = judged.period_end
),

attested as (
    select
        area_code,
        area_level,
        item,
        period_end,
        {{ vintage() }} as vintage,
        case
            when reason in ('not_visited', 'fewer_than_three_years') then 'not_assessed'
            when reason in ('failed', 'indicator_missed', 'target_missed') then 'missed'
            else 'met'
        end as verdict,
        reason,
        visited_on,
        rectified_on,
        years_met,
        indicators_judged,
        indicators_missed
    from reasons
)

select * from attested
{%- endmacro %}
