-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('floating_population', ['delivery_area', 'exchange_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_floating_population'), ['exchange_no'], kept='floating_population') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.delivery_area,
        standing.exchange_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.due_date,
        {{ month_start('standing.due_date') }} as event_month,
        standing.reported_month,
        standing.submitted_date,
        standing.free_service,
        standing.feedback_due_date,
        {{ month_start('standing.feedback_due_date') }} as feedback_due_month,
        {{ due_reported_month('standing.feedback_due_date') }} as feedback_due_reported_month,
        standing.feedback_date,
        standing.other_area_code,
        standing.direction
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
