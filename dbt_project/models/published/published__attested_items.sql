with source as (
    select * from {{ ref('attested_items') }}
)

select * from source
