with estimated as (
    {{ protected_values(ref('int_constant_boundary__parts'), ref('stg_publication__constant_boundary_values')) }}
),

final as (
    {{ with_vintage('estimated', is_protected=true) }}
)

select * from final
