with source as (
    select * from {{ ref('schemes') }}
)

select * from source
