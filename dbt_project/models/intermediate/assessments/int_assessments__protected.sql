-- depends_on: {{ ref('int_touched__values') }}
-- depends_on: {{ ref('int_touched__areas') }}

{%- set hook = "{{ delete_assessed() }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

{# Below the city counts are rounded: 44 of 45 may show as 45 of 45, which is not known to be complete,
   nor is 10 of 15 known to be two thirds. #}
{{ assess(ref('int_indicator_values__protected'), counted="level = 'city'", slack=var('base') ~ ' / 2.0') }}
