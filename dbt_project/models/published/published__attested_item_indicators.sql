with source as (
    select * from {{ ref('attested_item_indicators') }}
)

select * from source
