{# What happened before the calendar is the opening balance of its first month. #}
with cases as (
    select * from {{ ref('fct_fee_cases') }}
),

payments as (
    select * from {{ ref('fct_fee_payments') }}
),

months as (
    select month from {{ ref('int_months') }}
),

flows as (
    select
        area_code,
        county_code,
        filed_date as flow_date,
        0 as amount_due,
        0 as amount_paid,
        0 as amount_in_treasury,
        1 as cases_opened,
        0 as cases_settled
    from cases
    union all
    select
        area_code,
        county_code,
        decision_date as flow_date,
        amount_due,
        0 as amount_paid,
        0 as amount_in_treasury,
        0 as cases_opened,
        0 as cases_settled
    from cases
    where decision_date is not null
    union all
    select
        area_code,
        county_code,
        least(coalesce(closed_date, paid_in_full_date), coalesce(paid_in_full_date, closed_date)) as flow_date,
        0 as amount_due,
        0 as amount_paid,
        0 as amount_in_treasury,
        0 as cases_opened,
        1 as cases_settled
    from cases
    where case_state in ('closed', 'paid_in_full')
    union all
    select
        area_code,
        county_code,
        paid_date as flow_date,
        0 as amount_due,
        amount as amount_paid,
        case when is_in_treasury then amount else 0 end as amount_in_treasury,
        0 as cases_opened,
        0 as cases_settled
    from payments
),

monthly as (
    select
        area_code,
        county_code,
        {{ month_start('flow_date') }} as month,
        sum(amount_due) as amount_due,
        sum(amount_paid) as amount_paid,
        sum(amount_in_treasury) as amount_in_treasury,
        sum(cases_opened) as cases_opened,
        sum(cases_settled) as cases_settled
    from flows
    group by area_code, county_code, {{ month_start('flow_date') }}
),

areas as (
    select distinct
        area_code,
        county_code
    from flows
),

cells as (
    select
        areas.area_code,
        areas.county_code,
        months.month
    from areas
    cross join months
    union
    select
        area_code,
        county_code,
        month
    from monthly
),

running as (
    select
        cells.area_code,
        cells.county_code,
        cells.month,
        coalesce(monthly.amount_due, 0) as amount_due,
        coalesce(monthly.amount_paid, 0) as amount_paid,
        coalesce(monthly.amount_in_treasury, 0) as amount_in_treasury,
        coalesce(monthly.cases_opened, 0) as cases_opened,
        coalesce(monthly.cases_settled, 0) as cases_settled,
        sum(coalesce(monthly.amount_due, 0) - coalesce(monthly.amount_paid, 0)) over (
            partition by cells.area_code order by cells.month
        ) as amount_outstanding,
        sum(coalesce(monthly.cases_opened, 0) - coalesce(monthly.cases_settled, 0)) over (
            partition by cells.area_code order by cells.month
        ) as cases_open
    from cells
    left join monthly on cells.area_code = monthly.area_code and cells.month = monthly.month
),

final as (
    select
        running.area_code,
        running.county_code,
        running.month,
        cast(running.amount_due as decimal(18, 2)) as amount_due,
        cast(running.amount_paid as decimal(18, 2)) as amount_paid,
        cast(running.amount_in_treasury as decimal(18, 2)) as amount_in_treasury,
        cast(running.amount_outstanding as decimal(18, 2)) as amount_outstanding,
        cast(running.cases_opened as int) as cases_opened,
        cast(running.cases_settled as int) as cases_settled,
        cast(running.cases_open as int) as cases_open
    from running
    inner join months on running.month = months.month
)

select * from final
