-- depends_on: {{ ref('int_settled__areas') }}
-- depends_on: {{ ref('int_settled__availability') }}
-- depends_on: {{ ref('int_settled__bridge') }}
-- depends_on: {{ ref('int_settled__frames') }}
-- depends_on: {{ ref('int_settled__deliveries') }}
-- depends_on: {{ ref('int_settled__fact_months') }}
-- depends_on: {{ ref('int_settled__windows') }}
-- depends_on: {{ ref('int_changed__counts') }}
-- depends_on: {{ ref('int_entities__seen') }}
-- depends_on: {{ ref('int_measures__counted') }}

{%- set hook = "{{ delete_touched('int_changed__counts') }}" -%}
{{ config(
    materialized=on_duckdb('incremental'),
    incremental_strategy='append',
    pre_hook=hook
) }}

{% if is_increment() %}
with counts as (
    select
        subject,
        area_code,
        month,
        clock,
        measure,
        part,
        value
    from {{ ref('int_changed__counts') }}
    where is_gone = 0
)
{% else %}
with counts as (
    {{ counts_and_entities(ref('int_measures__counted')) }}
)
{% endif %}

select * from counts
