with source as (
    select * from {{ ref('stg_quality__checks') }}
)

select * from source
