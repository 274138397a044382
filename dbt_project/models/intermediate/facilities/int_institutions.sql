{#
    Every institution that any register names. Registers of births, procedures, inspections and cases know institutions that are
    on no register of facilities: those have a code and nothing else.
#}
with spells as (
    select * from {{ ref('int_facilities__spells') }}
),

named as (
    select institution_code from {{ ref('int_births__current') }}
    union
    select institution_code from {{ ref('int_birth_certificates__current') }}
    union
    select institution_code from {{ ref('int_procedures__current') }}
    union
    select institution_code from {{ ref('int_institution_inspections__current') }}
    union
    select institution_code from {{ ref('int_two_acts_cases__current') }}
    union
    select institution_code from spells
),

latest as (
    select * from spells
    qualify
        row_number() over (
            partition by institution_code
            order by
                case when to_month is null then 0 else 1 end,
                from_month desc,
                county_code asc
        ) = 1
),

institutions as (
    select
        named.institution_code,
        latest.area_code,
        latest.county_code,
        latest.level as institution_level,
        latest.standardised = 'yes' as is_standardised,
        latest.opened_on,
        latest.institution_code is not null and latest.to_month is null as is_on_register
    from named
    left join latest on named.institution_code = latest.institution_code
    where named.institution_code is not null
)

select * from institutions
