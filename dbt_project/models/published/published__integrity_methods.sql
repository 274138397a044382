with source as (
    select * from {{ ref('integrity_methods') }}
)

select * from source
