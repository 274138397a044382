with results as (
    select * from {{ ref('published__quality_results') }}
    where status in ('warn', 'fail')
),

landed as (
    select
        register,
        area_code,
        month
    from {{ ref('published__delivery_calendar') }}
    where status = 'landed'
),

needs as (
    select distinct
        indicator,
        register
    from {{ ref('int_indicators__needs') }}
),

{# A held delivery that was accepted has landed with its failed checks; one that is held changes no figure. #}
flags as (
    select
        results.area_code,
        results.month,
        results.register,
        {{ flagged_register('results.check_id', 'results.register') }} as flagged_register,
        results.check_id,
        results.dimension,
        results.observed,
        results.threshold
    from results
    inner join landed
        on
            results.register = landed.register
            and results.area_code = landed.area_code
            and results.month = landed.month
),

final as (
    select distinct
        flags.area_code,
        flags.month,
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
