with source as (
    select * from {{ ref('dim_policy_regime') }}
)

select * from source
