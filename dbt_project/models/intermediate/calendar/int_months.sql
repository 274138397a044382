{# Window registers report from the start of their policy year, so the calendar starts there. #}
with deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
    where status = 'landed'
),

bounds as (
    select
        min(month) as first_reported,
        max(month) as last_reported
    from deliveries
),

extended as (
    select
        {{ add_months('first_reported', '1 - ' ~ policy_year_month_no('first_reported')) }} as first_month,
        first_reported,
        last_reported
    from bounds
),

series as (
    select month from {{ month_series('extended', 'first_month', 'last_reported') }} as calendar
),

described as (
    select
        series.month,
        last_day(series.month) as month_end,
        {{ policy_year('series.month') }} as policy_year,
        {{ policy_year_month_no('series.month') }} as policy_year_month_no,
        series.month >= extended.first_reported as is_reported
    from series
    cross join extended
)

select * from described
