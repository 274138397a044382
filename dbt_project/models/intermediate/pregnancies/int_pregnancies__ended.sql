{#
    Pregnancies that ended, as far as any record shows: an outcome on the register of pregnancies, a birth, or a termination among
    the procedures. Evidence without a pregnancy on record stands for one that never was.
#}
with pregnancies as (
    select * from {{ ref('int_pregnancies__current') }}
),

linked as (
    select * from {{ ref('int_pregnancies__evidence') }}
),

of_pregnancies as (
    select
        county_code,
        pregnancy_no,
        min(ended_on) as ended_on,
        min(reported_month) as reported_month
    from linked
    where pregnancy_no is not null
    group by county_code, pregnancy_no
),

on_record as (
    select
        pregnancies.area_code,
        coalesce(of_pregnancies.ended_on, pregnancies.outcome_date) as ended_on,
        least(
            coalesce(of_pregnancies.reported_month, pregnancies.outcome_reported_month),
            coalesce(pregnancies.outcome_reported_month, of_pregnancies.reported_month)
        ) as reported_month,
        pregnancies.registered_at
    from pregnancies
    left join of_pregnancies
        on
            pregnancies.county_code = of_pregnancies.county_code
            and pregnancies.pregnancy_no = of_pregnancies.pregnancy_no
    where of_pregnancies.pregnancy_no is not null or pregnancies.outcome_date is not null
),

ended as (
    select
        area_code,
        {{ month_start('ended_on') }} as event_month,
        reported_month,
        registered_at < ended_on as is_registered_before
    from on_record
    union all
    select
        area_code,
        {{ month_start('ended_on') }} as event_month,
        reported_month,
        false as is_registered_before
    from linked
    where pregnancy_no is null
)

select * from ended
