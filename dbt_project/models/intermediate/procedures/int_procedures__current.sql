-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('procedures', ['delivery_area', 'procedure_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_procedures'), ['procedure_no'], kept='procedures') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.delivery_area,
        standing.procedure_no,
        standing.id_pseudonym,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.procedure_date,
        {{ month_start('standing.procedure_date') }} as event_month,
        standing.reported_month,
        standing.procedure_type,
        standing.informed_choice,
        standing.due_date,
        {{ month_start('standing.due_date') }} as due_month,
        {{ due_reported_month('standing.due_date') }} as due_reported_month,
        standing.followup_due_date,
        {{ month_start('standing.followup_due_date') }} as followup_due_month,
        {{ due_reported_month('standing.followup_due_date') }} as followup_due_reported_month,
        standing.followup_date,
        standing.institution_code
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
