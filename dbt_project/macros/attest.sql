{#
    Attested items: one row per item of an area's level x area x month's end, from the last visits and a relation shaped like
    assessments. An item that the seed marks `needs_three_years` is only met when, besides, every item of every scheme that
    assesses the area was met, or could not be told from its target, in each of the last three policy years.

    met           passed at the last visit of the last twelve months, or put right within its term
    missed        failed there and not put right, or a target missed in one of the three years
    not_assessed  not visited in twelve months, or not assessed in three policy years
#}
{% macro attest(assessments) -%}
with last_visits as (
    select * from {{ ref('int_inspections__last_visits') }}
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
        case
            when last_visits.visited_on is null then 'not_visited'
            when last_visits.passed = 'no' and last_visits.rectified_on is null then 'failed'
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
            when reason in ('failed', 'target_missed') then 'missed'
            else 'met'
        end as verdict,
        reason,
        visited_on,
        rectified_on,
        years_met
    from reasons
)

select * from attested
{%- endmacro %}
