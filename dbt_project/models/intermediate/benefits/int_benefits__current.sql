-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('benefits', ['delivery_area', 'benefit_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_benefits'), ['benefit_no'], kept='benefits') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.delivery_area,
        standing.benefit_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.due_date,
        {{ month_start('standing.due_date') }} as event_month,
        standing.reported_month,
        standing.amount_due,
        standing.amount_paid,
        standing.paid_date,
        standing.programme,
        standing.figure_year
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
