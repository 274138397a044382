{#
    Days of the policy year's events: round days of the month (1, 10, 15, 20) among the days of events, and the last three days of the
    month among the days of registration, where work that was put off is written up.
#}
with last_month as (
    {{ last_reported_month() }}
),

happened as (
    {% for register, day in [('births', 'birth_date'), ('deaths', 'death_date'), ('procedures', 'procedure_date')] %}
    {{ 'union all' if not loop.first }}
    select
        'round_days' as method,
        '{{ register }}' as register,
        county_code as area_code,
        {{ day }} as day_at,
        case when day({{ day }}) in (1, 10, 15, 20) then 1 else 0 end as is_hit
    from {{ ref('int_' ~ register ~ '__current') }}
    where county_code is not null
    {% endfor %}
),

registered as (
    {% for register, day in [('births', 'birth_date'), ('deaths', 'death_date')] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ register }}' as register,
        county_code as area_code,
        {{ add_days(day, 'registration_delay_days') }} as day_at
    from {{ ref('int_' ~ register ~ '__current') }}
    where county_code is not null
    {% endfor %}
),

days as (
    select * from happened
    union all
    select
        'month_end' as method,
        register,
        area_code,
        day_at,
        case when {{ days_between('day_at', 'last_day(day_at)') }} < 3 then 1 else 0 end as is_hit
    from registered
),

counted as (
    select
        days.method,
        days.register,
        '' as indicator,
        days.area_code,
        last_month.month,
        cast(sum(days.is_hit) as double) as hits,
        cast(count(*) as double) as cases,
        cast(null as double) as chance
    from days
    inner join last_month on {{ policy_year('days.day_at') }} = last_month.policy_year
    group by days.method, days.register, days.area_code, last_month.month
)

select * from counted
