{#
    A birth or termination belongs to the woman's latest pregnancy on record that began 20 to 310 days before it. Without one its
    pregnancy was never on record. Children born together are one piece of evidence.
#}
with pregnancies as (
    select * from {{ ref('int_pregnancies__current') }}
),

methods as (
    select * from {{ ref('methods') }}
),

procedures as (
    select * from {{ ref('int_procedures__current') }}
),

births as (
    select
        mother_id_pseudonym as id_pseudonym,
        'live_birth' as kind,
        birth_date as ended_on,
        count(*) as live_births,
        min(area_code) as area_code,
        min(reported_month) as reported_month
    from {{ ref('int_births__current') }}
    group by mother_id_pseudonym, birth_date
),

terminations as (
    select
        procedures.id_pseudonym,
        'termination' as kind,
        procedures.procedure_date as ended_on,
        0 as live_births,
        min(procedures.area_code) as area_code,
        min(procedures.reported_month) as reported_month
    from procedures
    inner join methods on procedures.procedure_type = methods.method
    where methods.is_termination
    group by procedures.id_pseudonym, procedures.procedure_date
),

evidence as (
    select * from births
    union all
    select * from terminations
),

linked as (
    select
        evidence.kind,
        evidence.ended_on,
        evidence.live_births,
        evidence.area_code,
        evidence.reported_month,
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
            partition by evidence.id_pseudonym, evidence.kind, evidence.ended_on
            order by pregnancies.lmp_date desc, pregnancies.registered_at asc, pregnancies.pregnancy_no asc
        ) = 1
)

select * from linked
