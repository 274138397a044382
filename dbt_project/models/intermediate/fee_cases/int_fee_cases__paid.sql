{{ config(materialized='view') }}

with cases as (
    select * from {{ ref('int_fee_cases__current') }}
),

payments as (
    select * from {{ ref('int_fee_payments__current') }}
),

linked as (
    select
        payments.*,
        cases.amount_due,
        sum(payments.amount) over (
            partition by payments.county_code, payments.case_no
            order by payments.paid_date
        ) as paid_by_then
    from payments
    inner join cases on payments.county_code = cases.county_code and payments.case_no = cases.case_no
),

paid as (
    select
        county_code,
        case_no,
        sum(amount) as amount_paid,
        sum(case when treasury_receipt is not null then amount else 0 end) as amount_in_treasury,
        min(paid_date) as first_paid_date,
        min(case when paid_by_then >= amount_due then paid_date end) as paid_in_full_date
    from linked
    group by county_code, case_no
)

select * from paid
