-- depends_on: {{ ref('int_touched__months') }}

{%- set hook = "{{ delete_counted_anew('event_month') }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

{# Additive flows by months of event and first delivery, township to city; villages would be single records. #}
with long_form as (
    select * from {{ ref('int_measures__long_form') }}
    where clock = 'event' and reported_month is not null and stratum = '' and {{ is_counted_anew('month') }}
),

measures as (
    select * from {{ ref('measures') }}
    where window_rule = 'sum'
),

placed as (
    select
        long_form.subject,
        {{ area_at('long_form.area_code', 'city') }} as city_code,
        {{ area_from('long_form.area_code', 'county') }} as county_code,
        {{ area_from('long_form.area_code', 'township') }} as township_code,
        long_form.month as event_month,
        long_form.reported_month,
        long_form.measure,
        long_form.value
    from long_form
    inner join measures on long_form.measure = measures.measure
),

rolled_up as (
    select
        subject,
        coalesce(township_code, county_code, city_code) as area_code,
        event_month,
        reported_month,
        measure,
        {{ added('value') }} as value
    from placed
    group by
        grouping sets (
            (subject, event_month, reported_month, measure, city_code),
            (subject, event_month, reported_month, measure, county_code),
            (subject, event_month, reported_month, measure, township_code)
        )
),

reached as (
    select * from rolled_up
    where area_code is not null
)

select * from reached
