{#
    Villages that report the same number of supplied persons as the month before: in two independent Poisson counts of mean m, equal
    ones have a probability of 1 / (2 sqrt(pi m)) (Skellam 1946, Journal of the Royal Statistical Society 109), summed over the pairs.
    A village's numbers follow each other, so the method's share of the catalogue allows for more.
#}
with supplies as (
    select * from {{ ref('int_supplies__current') }}
    where county_code is not null
),

last_month as (
    {{ last_reported_month() }}
),

monthly as (
    select
        area_code,
        county_code,
        event_month,
        sum(recipients) as recipients
    from supplies
    group by area_code, county_code, event_month
),

pairs as (
    select
        monthly.county_code,
        last_month.month,
        case when monthly.recipients = before.recipients then 1 else 0 end as is_hit,
        1 / nullif(2 * sqrt(pi() * (monthly.recipients + before.recipients) / 2), 0) as chance
    from monthly
    inner join monthly as before
        on
            monthly.area_code = before.area_code
            and monthly.event_month = {{ add_months('before.event_month', 1) }}
    inner join last_month on {{ policy_year('monthly.event_month') }} = last_month.policy_year
    {# A handful of recipients are the same persons from month to month. #}
    where monthly.recipients >= 20 or before.recipients >= 20
),

counted as (
    select
        'repeats' as method,
        'supplies' as register,
        '' as indicator,
        county_code as area_code,
        month,
        cast(sum(is_hit) as double) as hits,
        cast(count(*) as double) as cases,
        avg(chance) as chance
    from pairs
    group by county_code, month
)

select * from counted
