with months as (
    select * from {{ ref('int_months') }}
),

windows as (
    select * from {{ ref('windows') }}
),

ends as (
    select
        windows.`window`,
        months.month as closing_month,
        months.month_end as period_end,
        coalesce(windows.length_months, months.policy_year_month_no) as months_in_window
    from months
    inner join windows on month(months.month) % nullif(windows.every_months, 0) = windows.ends_in
    where months.is_reported
),

starts as (
    select
        *,
        {{ add_months('closing_month', '1 - months_in_window') }} as first_month,
        {{ add_months('closing_month', '-months_in_window') }} as opening_month
    from ends
),

members as (
    select
        starts.`window`,
        starts.period_end,
        months.month,
        starts.months_in_window,
        starts.opening_month,
        months.month = starts.closing_month as is_closing
    from starts
    inner join months on months.month between starts.first_month and starts.closing_month
)

select * from members
