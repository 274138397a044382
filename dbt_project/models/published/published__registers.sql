with source as (
    select * from {{ ref('registers') }}
)

select * from source
