with source as (
    select * from {{ ref('publication_scope') }}
)

select * from source
