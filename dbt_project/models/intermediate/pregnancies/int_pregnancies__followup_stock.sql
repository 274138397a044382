{#
    A visit is due once its span of days is over, if the pregnancy was on record when the span began and still under way when it
    ended; it was made when some visit falls into the span. Spans that began before the calendar are left out: their visits were
    never delivered. A pregnancy without an outcome on record counts until its due date.
#}
with pregnancies as (
    select
        *,
        coalesce(outcome_date, due_date) as under_way_until
    from {{ ref('int_pregnancies__current') }}
),

visits as (
    select * from {{ ref('int_pregnancy_visits__current') }}
),

schedule as (
    select * from {{ ref('visit_schedule') }}
),

months as (
    select * from {{ ref('int_months') }}
),

calendar as (
    select min(month) as begins_on from months
),

spans as (
    select
        pregnancies.county_code,
        pregnancies.pregnancy_no,
        pregnancies.area_code,
        pregnancies.parity_before,
        pregnancies.registered_at,
        pregnancies.under_way_until,
        schedule.visit,
        {{ add_days('pregnancies.lmp_date', 'schedule.from_day') }} as opens_on,
        {{ add_days('pregnancies.lmp_date', 'schedule.to_day') }} as due_on
    from pregnancies
    cross join schedule
),

due as (
    select spans.*
    from spans
    inner join calendar on spans.opens_on >= calendar.begins_on
    where spans.registered_at <= spans.opens_on and spans.due_on < spans.under_way_until
),

made as (
    select distinct
        due.county_code,
        due.pregnancy_no,
        due.visit
    from due
    inner join visits
        on
            due.county_code = visits.county_code
            and due.pregnancy_no = visits.pregnancy_no
            and visits.visit_date between due.opens_on and due.due_on
),

judged as (
    select
        due.*,
        case when made.visit is not null then 1 else 0 end as is_made
    from due
    left join made
        on due.county_code = made.county_code and due.pregnancy_no = made.pregnancy_no and due.visit = made.visit
),

followed as (
    select
        judged.county_code,
        judged.pregnancy_no,
        judged.area_code,
        judged.parity_before,
        months.month,
        min(judged.is_made) as is_complete
    from judged
    inner join months on judged.due_on <= months.month_end and judged.under_way_until > months.month_end
    group by judged.county_code, judged.pregnancy_no, judged.area_code, judged.parity_before, months.month
),

stock as (
    select
        area_code,
        month,
        least(parity_before, 2) as children,
        count(*) as pregnancies_due,
        sum(is_complete) as pregnancies_complete
    from followed
    group by area_code, month, least(parity_before, 2)
)

select * from stock
