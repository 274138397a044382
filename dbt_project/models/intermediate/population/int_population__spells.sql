{{ config(materialized='view') }}

{#
    The versions of an identifier that has one row at a time are spells already. Only those whose versions overlap are looked at
    month by month: cost follows the duplicates, not rows x months.
#}
with versions as (
    select * from {{ ref('stg_population') }}
),

overlapping as (
    select * from {{ ref('int_population__overlapping') }}
),

alone as (
    select
        versions.id_pseudonym,
        versions.delivery_area,
        versions.area_code,
        versions.sex,
        versions.birth_date,
        versions.status,
        versions.marital_status,
        versions.valid_from_month as from_month,
        coalesce(versions.valid_to_month, date '9999-12-01') as to_month,
        1 as is_counted,
        0 as is_duplicate
    from versions
    left join overlapping on versions.id_pseudonym = overlapping.id_pseudonym
    where overlapping.id_pseudonym is null
),

spells as (
    select * from alone
    union all
    select * from {{ ref('int_population__months') }}
)

select * from spells
