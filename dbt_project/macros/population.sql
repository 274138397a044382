{#
    Identifiers whose versions on the population register overlap (in two rows of a county, or in two counties). Nearly every
    identifier has one row at a time.
#}
{% macro overlapping_identifiers(versions) -%}
with versions as (
    select * from {{ versions }}
),

repeated as (
    select id_pseudonym from versions
    group by id_pseudonym
    having count(*) > 1
),

reaches as (
    select
        versions.id_pseudonym,
        versions.valid_from_month,
        max(coalesce(versions.valid_to_month, date '9999-12-01')) over (
            partition by versions.id_pseudonym
            order by versions.valid_from_month, versions.valid_to_month, versions.delivery_area
            rows between unbounded preceding and 1 preceding
        ) as reach
    from versions
    inner join repeated on versions.id_pseudonym = repeated.id_pseudonym
),

overlapping as (
    select distinct id_pseudonym from reaches
    where reach > valid_from_month
)

select * from overlapping
{%- endmacro %}
