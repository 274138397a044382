-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('household_entries', ['delivery_area', 'entry_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_household_entries'), ['entry_no'], kept='household_entries') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.delivery_area,
        standing.entry_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.mother_id_pseudonym,
        standing.birth_date,
        standing.entry_date,
        {{ month_start('standing.entry_date') }} as event_month,
        standing.reported_month,
        standing.sex
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
