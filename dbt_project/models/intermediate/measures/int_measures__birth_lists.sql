{{ config(materialized='view') }}

with evidenced as (
    select * from {{ ref('int_birth_lists__linked') }}
    where evidenced > 0
),

measures as (
    {{ measures_long('evidenced', {
        'births_evidenced': "sum(evidenced)",
        'births_matched': "sum(least(registered, evidenced))",
    }) }}
)

select * from measures
