{{ config(materialized='view') }}

with long_form as (
    select
        subject,
        area_code,
        month,
        clock,
        measure,
        stratum,
        value
    from {{ ref('int_measures__long_form') }}
    union all
    select
        'reported_figures' as subject,
        area_code,
        month,
        clock,
        measure,
        stratum,
        value
    from {{ ref('int_measures__reported_figures') }}
),

months as (
    select month from {{ ref('int_months') }}
),

counted as (
    select
        long_form.subject,
        long_form.area_code,
        long_form.month,
        long_form.clock,
        long_form.measure,
        long_form.stratum,
        {{ added('long_form.value', 9) }} as value
    from long_form
    inner join months on long_form.month = months.month
    group by
        long_form.subject, long_form.area_code, long_form.month, long_form.clock, long_form.measure, long_form.stratum
)

select * from counted
