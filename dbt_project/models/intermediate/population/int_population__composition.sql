-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_months(['population']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}
{%- set since = changed_from(['population']) %}

{#
    Ages are in completed years at the month's end, when every birthday of that month has passed: the month of birth is exact. One
    pass over the spells for each month.
#}
with spells as (
    select * from {{ ref('int_population__spells') }}
    where status = 'registered' and is_counted = 1 and to_month > {{ since }}
),

months as (
    select month from {{ ref('int_months') }}
    where month >= {{ since }}
),

delivered as (
    select * from {{ ref('int_population__snapshots') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

standing as (
    select
        spells.delivery_area,
        spells.area_code,
        spells.sex,
        months.month,
        case
            when spells.marital_status in ('first_marriage', 'remarried', 'reconciled') then 1 else 0
        end as is_married,
        floor(greatest({{ months_between('spells.birth_date', 'months.month') }}, 0) / 60) as five_years
    from spells
    inner join months on spells.from_month <= months.month and spells.to_month > months.month
),

counted as (
    select
        delivery_area,
        area_code,
        month,
        sex,
        cast(least(five_years, 17) * 5 as int) as from_age,
        count(*) as persons,
        sum(is_married) as married
    from standing
    group by delivery_area, area_code, month, sex, cast(least(five_years, 17) * 5 as int)
),

composition as (
    select
        attribution.attributed_code as area_code,
        attribution.county_code,
        counted.month,
        counted.sex,
        counted.from_age,
        sum(counted.persons) as persons,
        sum(counted.married) as married
    from counted
    inner join delivered on counted.delivery_area = delivered.delivery_area and counted.month = delivered.month
    inner join attribution on counted.area_code = attribution.area_code
    group by attribution.attributed_code, attribution.county_code, counted.month, counted.sex, counted.from_age
)

select * from composition
