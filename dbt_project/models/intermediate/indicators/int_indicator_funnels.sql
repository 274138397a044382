-- depends_on: {{ ref('int_touched__funnels') }}

{%- set hook = "{{ delete_touched('int_touched__funnels') }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    pre_hook=hook
) }}

{%- set touched = ref('int_touched__funnels') if is_increment() else none %}

{{ funnels(ref('int_indicator_values'), touched=touched) }}
