with methods as (
    select * from {{ ref('methods') }}
),

final as (
    select
        method,
        name_zh,
        name_en,
        is_contraceptive,
        is_procedure,
        is_long_acting,
        is_termination
    from methods
)

select * from final
