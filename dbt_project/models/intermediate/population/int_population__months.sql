-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_months(['population'], month='from_month', records=true) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}
{%- set since = changed_from(['population'], records=true) %}

{# Of an identifier that was found to overlap since the last build all months are new. #}
with overlapping as (
    select
        id_pseudonym,
        {% if is_increment() %}
        case
            when id_pseudonym in (select standing.id_pseudonym from {{ this }} as standing) then {{ since }}
            else {{ beginning() }}
        end as since
        {% else %}
        {{ since }} as since
        {% endif %}
    from {{ ref('int_population__overlapping') }}
),

months as (
    select month from {{ ref('int_months') }}
    where is_reported
),

versions as (
    select
        versions.*,
        overlapping.since
    from {{ ref('stg_population') }} as versions
    inner join overlapping on versions.id_pseudonym = overlapping.id_pseudonym
    where versions.valid_to_month is null or versions.valid_to_month > overlapping.since
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
    inner join months
        on
            versions.valid_from_month <= months.month
            and versions.since <= months.month
            and (versions.valid_to_month is null or versions.valid_to_month > months.month)
),

by_month as (
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
)

select * from by_month
