-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('birth_certificates', ['delivery_area', 'certificate_no']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

with standing as (
    {{ standing_rows(ref('stg_birth_certificates'), ['certificate_no'], kept='birth_certificates') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.delivery_area,
        standing.certificate_no,
        standing.mother_id_pseudonym,
        standing.birth_date,
        attribution.attributed_code as area_code,
        {{ month_start('standing.birth_date') }} as event_month,
        standing.reported_month,
        standing.sex,
        standing.institution_code,
        standing.issued_on,
        attribution.county_code
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
