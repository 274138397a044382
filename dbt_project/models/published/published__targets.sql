with source as (
    select * from {{ ref('targets') }}
)

select * from source
