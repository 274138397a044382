-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_months(['population']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}
{%- set since = changed_from(['population']) %}

with spells as (
    select * from {{ ref('int_population__spells') }}
    where to_month > {{ since }}
),

composition as (
    select * from {{ ref('int_population__composition') }}
),

age_groups as (
    select * from {{ ref('age_groups') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

months as (
    select month from {{ ref('int_months') }}
    where month >= {{ since }}
),

delivered as (
    select * from {{ ref('int_population__snapshots') }}
),

{# Counted by the interval in which they stood, so that few rows meet the calendar. #}
grouped as (
    select
        delivery_area,
        area_code,
        from_month,
        to_month,
        count(*) as register_rows,
        sum(is_duplicate) as register_duplicates,
        sum(is_counted) as register_persons,
        sum(case when status = 'registered' then is_counted else 0 end) as population
    from spells
    group by delivery_area, area_code, from_month, to_month
),

everyone as (
    select
        attribution.attributed_code as area_code,
        '' as age_group,
        months.month,
        sum(grouped.register_rows) as register_rows,
        sum(grouped.register_duplicates) as register_duplicates,
        sum(grouped.register_persons) as register_persons,
        sum(grouped.population) as population,
        0 as women,
        0 as married_women
    from grouped
    inner join months on grouped.from_month <= months.month and grouped.to_month > months.month
    inner join delivered on grouped.delivery_area = delivered.delivery_area and months.month = delivered.month
    inner join attribution on grouped.area_code = attribution.area_code
    group by attribution.attributed_code, months.month
),

women as (
    select
        composition.area_code,
        age_groups.age_group,
        composition.month,
        0 as register_rows,
        0 as register_duplicates,
        0 as register_persons,
        0 as population,
        composition.persons as women,
        composition.married as married_women
    from composition
    inner join age_groups on composition.from_age = age_groups.from_age
    where composition.sex = 'female' and composition.month >= {{ since }}
),

stock as (
    select * from everyone
    union all
    select * from women
)

select * from stock
