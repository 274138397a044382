{#
    Free services by the day by which they are due, whoever they are due to, and whether they were given by then:
    procedure       a requested procedure, by its due date
    prepregnancy    the check before pregnancy of a couple, by the 90th day after the marriage; not more than 180 days before it
    prevention      folic acid or another primary prevention of birth defects for a pregnancy on record, by the 30th day after it
                    was first known; not more than 180 days before the last period. Pregnancies known before the calendar began are
                    left out: what their women had received was never delivered.
#}
with checks as (
    select * from {{ ref('int_health_checks__current') }}
),

procedures as (
    select * from {{ ref('int_procedures__current') }}
),

marriages as (
    select * from {{ ref('int_marriages__current') }}
    where event_type = 'marriage'
),

pregnancies as (
    select * from {{ ref('int_pregnancies__current') }}
),

calendar as (
    select min(month) as begins_on from {{ ref('int_months') }}
),

couples as (
    {% for spouse in ['a', 'b'] %}
    {{ 'union all' if not loop.first }}
    select
        county_code,
        registration_no,
        area_code,
        reported_month,
        {{ add_days('event_date', -180) }} as counts_from,
        {{ add_days('event_date', 90) }} as due_on,
        id_{{ spouse }}_pseudonym as id_pseudonym
    from marriages
    {% endfor %}
),

{# One row per couple, whichever of the two was checked. #}
prepregnancy as (
    select
        'prepregnancy' as service,
        couples.area_code,
        couples.due_on,
        couples.reported_month,
        max(case when checks.check_no is not null then 1 else 0 end) as is_given
    from couples
    left join checks
        on
            couples.id_pseudonym = checks.id_pseudonym
            and checks.check_type = 'prepregnancy'
            and checks.check_date between couples.counts_from and couples.due_on
    group by
        couples.county_code, couples.registration_no, couples.area_code, couples.due_on, couples.reported_month
),

known as (
    select
        pregnancies.county_code,
        pregnancies.pregnancy_no,
        pregnancies.area_code,
        pregnancies.reported_month,
        pregnancies.id_pseudonym,
        {{ add_days('pregnancies.lmp_date', -180) }} as counts_from,
        {{ add_days('pregnancies.first_seen_date', 30) }} as due_on
    from pregnancies
    inner join calendar on pregnancies.first_seen_date >= calendar.begins_on
),

prevention as (
    select
        'prevention' as service,
        known.area_code,
        known.due_on,
        known.reported_month,
        max(case when checks.check_no is not null then 1 else 0 end) as is_given
    from known
    left join checks
        on
            known.id_pseudonym = checks.id_pseudonym
            and checks.check_type in ('folic_acid', 'birth_defects')
            and checks.check_date between known.counts_from and known.due_on
    group by known.county_code, known.pregnancy_no, known.area_code, known.due_on, known.reported_month
),

requested as (
    select
        'procedure' as service,
        area_code,
        due_date as due_on,
        reported_month,
        case when procedure_date <= due_date then 1 else 0 end as is_given
    from procedures
    where due_date is not null
),

services as (
    select * from requested
    union all
    select * from prepregnancy
    union all
    select * from prevention
),

dated as (
    select
        service,
        area_code,
        {{ month_start('due_on') }} as due_month,
        greatest(reported_month, {{ month_start('due_on') }}) as due_reported_month,
        is_given
    from services
)

select * from dated
