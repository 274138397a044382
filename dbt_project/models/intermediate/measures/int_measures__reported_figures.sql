{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_reported_figures__current'), {
        'reported_figures': "count(*)",
    }) }}
)

select * from measures
