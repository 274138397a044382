{# A case moves on: its row is updated with every milestone, and its state is the furthest one. #}
with cases as (
    select * from {{ ref('int_fee_cases__current') }}
),

paid as (
    select * from {{ ref('int_fee_cases__paid') }}
),

joined as (
    select
        cases.area_code,
        cases.county_code,
        cases.filed_date,
        cases.decision_date,
        paid.first_paid_date,
        paid.paid_in_full_date,
        cases.court_applied_date,
        cases.court_enforced_date,
        cases.closed_date,
        coalesce(cases.amount_due, 0) as amount_due,
        coalesce(paid.amount_paid, 0) as amount_paid,
        coalesce(paid.amount_in_treasury, 0) as amount_in_treasury
    from cases
    left join paid on cases.county_code = paid.county_code and cases.case_no = paid.case_no
),

final as (
    select
        area_code,
        county_code,
        filed_date,
        decision_date,
        first_paid_date,
        paid_in_full_date,
        court_applied_date,
        court_enforced_date,
        closed_date,
        {{ days_between('filed_date', 'decision_date') }} as days_filed_to_decision,
        {{ days_between('decision_date', 'first_paid_date') }} as days_decision_to_first_payment,
        {{ days_between('decision_date', 'paid_in_full_date') }} as days_decision_to_paid_in_full,
        {{ days_between('decision_date', 'court_applied_date') }} as days_decision_to_court,
        {{ days_between('court_applied_date', 'court_enforced_date') }} as days_court_to_enforcement,
        {{ days_between('filed_date', 'closed_date') }} as days_filed_to_closed,
        cast(amount_due as decimal(18, 2)) as amount_due,
        cast(amount_paid as decimal(18, 2)) as amount_paid,
        cast(amount_in_treasury as decimal(18, 2)) as amount_in_treasury,
        cast(amount_due - amount_paid as decimal(18, 2)) as amount_outstanding,
        case
            when closed_date is not null then 'closed'
            when paid_in_full_date is not null then 'paid_in_full'
            when court_enforced_date is not null then 'enforced'
            when court_applied_date is not null then 'at_court'
            when decision_date is not null then 'decided'
            else 'filed'
        end as case_state
    from joined
)

select * from final
