-- depends_on: {{ ref('int_changed__counts') }}
-- depends_on: {{ ref('int_measures__counted_anew') }}
-- depends_on: {{ ref('measures') }}

{%- set hook = "{{ delete_touched('int_changed__counts', renamed={'part': 'stratum'}) }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    pre_hook=hook
) }}

{% if is_increment() %}
with changed as (
    select * from {{ ref('int_changed__counts') }}
),

measures as (
    select * from {{ ref('measures') }}
    where window_rule <> 'distinct'
),

counted as (
    select
        changed.subject,
        changed.area_code,
        changed.month,
        changed.clock,
        changed.measure,
        changed.part as stratum,
        changed.value
    from changed
    inner join measures on changed.measure = measures.measure
    where changed.is_gone = 0
)
{% else %}
with counted as (
    select * from {{ ref('int_measures__counted_anew') }}
)
{% endif %}

select * from counted
