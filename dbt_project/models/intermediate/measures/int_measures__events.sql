{{ config(materialized='view') }}

with happened as (
    {% for register in ['births', 'deaths'] %}
    {{ 'union all' if not loop.first }}
    select
        area_code,
        event_month,
        reported_month,
        registration_delay_days
    from {{ ref('int_' ~ register ~ '__current') }}
    {% endfor %}
),

measures as (
    {{ measures_long('happened', event_measures('events')) }}
)

select * from measures
