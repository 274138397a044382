{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_procedures__current'), {
        'procedures': "count(*)",
        'procedures_informed_choice': "count_if(informed_choice = 'yes')",
        'induced_abortions': "count_if(procedure_type in ('induced_abortion', 'labour_induction'))",
    }) }}
)

select * from measures
