-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_months(['contraception_use']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}
{%- set since = changed_from(['contraception_use']) %}

{# Versions are counted by the interval in which they stood, so that few rows meet the calendar. #}
with versions as (
    select * from {{ ref('stg_contraception_use') }}
    where valid_to_month is null or valid_to_month > {{ since }}
),

methods as (
    select * from {{ ref('methods') }}
),

spells as (
    select
        versions.area_code,
        versions.valid_from_month,
        versions.valid_to_month,
        count(*) filter (where methods.is_contraceptive) as users_any,
        count(*) filter (where methods.is_long_acting) as users_long_acting,
        count(*) filter (where methods.is_contraceptive and versions.informed_choice = 'yes') as users_informed_choice
    from versions
    inner join methods on versions.method = methods.method
    group by versions.area_code, versions.valid_from_month, versions.valid_to_month
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

months as (
    select month from {{ ref('int_months') }}
    where month >= {{ since }}
),

stock as (
    select
        attribution.attributed_code as area_code,
        months.month,
        sum(spells.users_any) as users_any,
        sum(spells.users_long_acting) as users_long_acting,
        sum(spells.users_informed_choice) as users_informed_choice
    from spells
    inner join attribution on spells.area_code = attribution.area_code
    inner join months
        on
            spells.valid_from_month <= months.month
            and (spells.valid_to_month is null or spells.valid_to_month > months.month)
    group by attribution.attributed_code, months.month
)

select * from stock
