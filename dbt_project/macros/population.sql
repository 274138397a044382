{#
    Versions on the population register to spells: one row per version of a row that stands alone, and per month of a row whose
    identifier also stands elsewhere. Nearly every identifier has one row at a time, and its versions are spells already. Only
    identifiers whose versions overlap (in two rows of a county, or in two counties) are looked at month by month: cost follows
    the duplicates, not rows x months.
#}
{% macro population_spells(versions) -%}
with versions as (
    select * from {{ versions }}
),

months as (
    select month from {{ ref('int_months') }}
    where is_reported
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

together as (
    select
        versions.*,
        months.month,
        count(*) over (partition by versions.id_pseudonym, months.month) as copies,
        row_number() over (
            partition by versions.id_pseudonym, months.month
            order by
                case when versions.status = 'registered' then 0 else 1 end,
                versions.registered_at desc,
                versions.area_code asc,
                versions.valid_from_month asc
        ) as place
    from versions
    inner join overlapping on versions.id_pseudonym = overlapping.id_pseudonym
    inner join months
        on
            versions.valid_from_month <= months.month
            and (versions.valid_to_month is null or versions.valid_to_month > months.month)
),

sliced as (
    select
        id_pseudonym,
        delivery_area,
        area_code,
        sex,
        birth_date,
        status,
        marital_status,
        month as from_month,
        {{ add_months('month', 1) }} as to_month,
        case when place = 1 then 1 else 0 end as is_counted,
        case when copies > 1 then 1 else 0 end as is_duplicate
    from together
),

spells as (
    select * from alone
    union all
    select * from sliced
)

select * from spells
{%- endmacro %}

{# Whether something reaches, or a month is, into the months that this build counts anew on the population register. #}
{% macro is_counted_anew(month, comparison='>=') -%}
    {%- if is_increment() -%}
    {{ month }} {{ comparison }} (select first_month from {{ ref('int_touched__population') }})
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{# Hook of the tables that are counted by month from the population register. #}
{% macro delete_counted_anew() -%}
    {%- if is_increment() -%}
    delete from {{ this }} where {{ is_counted_anew('month') }}
    {%- endif -%}
{%- endmacro %}
