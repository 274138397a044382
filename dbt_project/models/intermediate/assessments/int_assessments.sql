-- depends_on: {{ ref('int_touched__values') }}
-- depends_on: {{ ref('int_touched__areas') }}

{%- set hook = "{{ delete_assessed() }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

{{ assess(ref('int_indicator_values')) }}
