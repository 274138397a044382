with results as (
    select * from {{ ref('published__quality_results') }}
    where status in ('warn', 'fail')
),

covering as (
    select * from {{ ref('int_covering_deliveries') }}
    where delivery is not null
),

needs as (
    select distinct
        indicator,
        register
    from {{ ref('int_indicators__needs') }}
),

{#
    A delivery flags every month that it speaks for. A held one that was accepted has landed with its failed checks; one
    that is held covers nothing and changes no figure.
#}
flags as (
    select
        results.area_code,
        covering.month,
        covering.delivery_month,
        results.register,
        {{ flagged_register('results.check_id', 'results.register') }} as flagged_register,
        results.check_id,
        results.dimension,
        results.observed,
        results.threshold
    from results
    inner join covering
        on
            results.register = covering.register
            and results.area_code = covering.county_code
            and results.month = covering.delivery_month
),

final as (
    select distinct
        flags.area_code,
        flags.month,
        flags.delivery_month,
        flags.register,
        flags.check_id,
        needs.indicator,
        flags.dimension,
        flags.observed,
        flags.threshold
    from flags
    inner join needs on {{ is_among('flags.flagged_register', 'needs.register') }}
)

select * from final
