with estimated as (
    {{ estimates(ref('int_constant_boundary__parts')) }}
),

final as (
    {{ with_vintage('estimated') }}
)

select * from final
