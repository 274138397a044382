{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_reported_figures__compared'), {
        'reported_figures': "count(*)",
        'reported_figures_confirmed': "count(*) filter (where comparison in ('agrees', 'agrees_within_rounding'))",
    }) }}
)

select * from measures
