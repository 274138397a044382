with observed as (
    select * from {{ ref('int_integrity__observed') }}
    where place = 1
),

methods as (
    select * from {{ ref('integrity_methods') }}
),

expected as (
    select
        observed.*,
        methods.direction,
        methods.at_least,
        methods.alpha,
        case
            when observed.chance is null then methods.tolerated_share
            else observed.chance * methods.tolerated_times
        end as expected_share
    from observed
    inner join methods on observed.method = methods.method
),

surprising as (
    select
        *,
        case
            when cases < at_least or expected_share <= 0 or expected_share >= 1 then null
            when direction = 'more' and hits <= cases * expected_share then 0.0
            when direction = 'fewer' and hits >= cases * expected_share then 0.0
            else {{ surprise('hits', 'cases', 'expected_share') }}
        end as surprise
    from expected
),

final as (
    select
        method,
        register,
        indicator,
        area_code,
        month,
        hits,
        cases,
        expected_share,
        exp(-surprise) as probability,
        case
            when surprise is null then 'n/a'
            when surprise > -ln(alpha) then 'signal'
            else 'quiet'
        end as status
    from surprising
)

select * from final
