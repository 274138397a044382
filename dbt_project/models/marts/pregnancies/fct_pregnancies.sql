with pregnancies as (
    select * from {{ ref('int_pregnancies__current') }}
),

visits as (
    select * from {{ ref('int_pregnancy_visits__by_pregnancy') }}
),

outcomes as (
    select * from {{ ref('int_pregnancies__outcomes') }}
),

final as (
    select
        pregnancies.area_code,
        pregnancies.county_code,
        pregnancies.first_seen_date,
        pregnancies.event_month,
        pregnancies.reported_month,
        pregnancies.registered_at,
        pregnancies.lmp_date,
        {{ days_between('pregnancies.lmp_date', 'pregnancies.first_seen_date') }} as gestation_days_when_seen,
        pregnancies.due_date,
        cast(pregnancies.parity_before as int) as parity_before,
        cast(coalesce(visits.visits, 0) as int) as visits,
        visits.first_visit_date,
        visits.last_visit_date,
        outcomes.outcome,
        pregnancies.outcome_date,
        outcomes.found_outcome,
        outcomes.found_on,
        cast(outcomes.live_births as int) as live_births,
        outcomes.outcome_link
    from pregnancies
    inner join outcomes
        on pregnancies.county_code = outcomes.county_code and pregnancies.pregnancy_no = outcomes.pregnancy_no
    left join visits
        on pregnancies.county_code = visits.county_code and pregnancies.pregnancy_no = visits.pregnancy_no
)

select * from final
