with bounds as (
    select
        min(month) as first_day,
        max(month_end) as last_day
    from {{ ref('int_months') }}
),

regimes as (
    select
        valid_from,
        regime,
        lead(valid_from) over (order by valid_from) as valid_to
    from {{ ref('policy_regimes') }}
),

days as (
    select {{ add_days('bounds.first_day', 'numbers.n') }} as date_day
    from bounds
    inner join {{ numbers(4) }} as numbers
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
