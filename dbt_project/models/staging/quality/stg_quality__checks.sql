with source as (
    select * from {{ source('quality', 'checks') }}
),

renamed as (
    select
        check_id,
        register,
        expectation,
        dimension,
        severity,
        since,
        threshold,
        sentence_zh,
        sentence_en,
        reason
    from source
)

select * from renamed
