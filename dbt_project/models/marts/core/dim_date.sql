{#
    From the first policy regime, so that events before the first delivery have their day, to the end of the year after the last
    delivered month, because terms lie ahead.
#}
with months as (
    select * from {{ ref('int_months') }}
),

regimes as (
    select * from {{ ref('dim_policy_regime') }}
),

bounds as (
    select
        least(min(months.month), min(regimes.valid_from)) as first_day,
        make_date(year(max(months.month)) + 1, 12, 31) as last_day
    from months
    cross join regimes
),

days as (
    select {{ add_days('bounds.first_day', 'numbers.n') }} as date_day
    from bounds
    inner join {{ numbers(5) }} as numbers
        on numbers.n <= {{ days_between('bounds.first_day', 'bounds.last_day') }}
),

described as (
    select
        days.date_day,
        {{ month_start('days.date_day') }} as month,
        last_day(days.date_day) as month_end,
        cast(year(days.date_day) as int) as calendar_year,
        cast(quarter(days.date_day) as int) as quarter,
        cast(case when month(days.date_day) <= 6 then 1 else 2 end as int) as half_year,
        cast({{ policy_year('days.date_day') }} as int) as policy_year,
        cast({{ policy_year_month_no('days.date_day') }} as int) as policy_year_month_no,
        days.date_day = last_day(days.date_day) as is_month_end,
        regimes.regime as policy_regime
    from days
    left join regimes
        on days.date_day >= regimes.valid_from and (regimes.valid_to is null or days.date_day < regimes.valid_to)
)

select * from described
