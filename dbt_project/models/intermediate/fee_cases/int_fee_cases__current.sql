with standing as (
    {{ standing_rows(ref('stg_fee_cases'), ['case_no'], milestones=['decision_date', 'court_applied_date']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.case_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.decision_date,
        {{ month_start('standing.decision_date') }} as event_month,
        coalesce(standing.decision_date_reported_month, standing.reported_month) as reported_month,
        standing.birth_no,
        standing.filed_date,
        standing.amount_due,
        standing.court_applied_date,
        {{ month_start('standing.court_applied_date') }} as court_applied_month,
        standing.court_applied_date_reported_month as court_applied_reported_month,
        standing.court_enforced_date,
        standing.closed_date
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
