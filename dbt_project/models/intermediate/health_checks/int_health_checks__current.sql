-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('health_checks', ['delivery_area', 'check_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_health_checks'), ['check_no'], kept='health_checks') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.delivery_area,
        standing.check_no,
        standing.id_pseudonym,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.check_date,
        {{ month_start('standing.check_date') }} as event_month,
        standing.reported_month,
        standing.check_type,
        standing.eligible_from,
        standing.finding,
        standing.treated_date
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
