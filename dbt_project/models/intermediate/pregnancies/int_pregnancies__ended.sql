{#
    Pregnancies that ended, as far as any record shows: an outcome on the register of pregnancies, a birth, or a termination among
    the procedures. A birth or termination belongs to the woman's latest registered pregnancy that began 20 to 310 days before it;
    without one it stands for a pregnancy that was never on record. Children born together are one pregnancy.
#}
with pregnancies as (
    select * from {{ ref('int_pregnancies__current') }}
),

births as (
    select
        mother_id_pseudonym as id_pseudonym,
        birth_date as ended_on,
        min(area_code) as area_code,
        min(reported_month) as reported_month
    from {{ ref('int_births__current') }}
    group by mother_id_pseudonym, birth_date
),

terminations as (
    select
        id_pseudonym,
        procedure_date as ended_on,
        min(area_code) as area_code,
        min(reported_month) as reported_month
    from {{ ref('int_procedures__current') }}
    where procedure_type in ('induced_abortion', 'labour_induction')
    group by id_pseudonym, procedure_date
),

evidence as (
    select * from births
    union all
    select * from terminations
),

linked as (
    select
        evidence.*,
        pregnancies.county_code,
        pregnancies.pregnancy_no
    from evidence
    left join pregnancies
        on
            evidence.id_pseudonym = pregnancies.id_pseudonym
            and pregnancies.lmp_date >= {{ add_days('evidence.ended_on', -310) }}
            and pregnancies.lmp_date <= {{ add_days('evidence.ended_on', -20) }}
    qualify
        row_number() over (
            partition by evidence.id_pseudonym, evidence.ended_on, evidence.reported_month
            order by pregnancies.lmp_date desc, pregnancies.registered_at asc, pregnancies.pregnancy_no asc
        ) = 1
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
