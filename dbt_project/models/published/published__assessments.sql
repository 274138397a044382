{{ config(materialized='view') }}

with assessed as (
    select * from {{ ref('int_assessments__protected') }}
),

final as (
    {{ verdicts_with_vintage('assessed') }}
)

select * from final
