-- depends_on: {{ ref('int_touched__funnels') }}

{%- set hook = "{{ delete_touched('int_touched__funnels') }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    pre_hook=hook
) }}

{%- set touched = ref('int_touched__funnels') if is_increment() else none %}

{# The counts of an area and its parent are rounded: each moves a count or its expectation by half the base, twice. #}
{{ funnels(ref('int_indicator_values__protected'), slack=var('base') ~ ' * (1 + expected)', touched=touched) }}
