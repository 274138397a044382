with deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
    where status in ('landed', 'held')
),

results as (
    select * from {{ ref('stg_quality__results') }}
),

{# Of a month's deliveries the landed one speaks; a held one where none has landed. #}
speaking as (
    select
        delivery,
        register,
        delivery_area,
        month
    from deliveries
    qualify
        row_number() over (
            partition by register, delivery_area, month
            order by case status when 'landed' then 0 else 1 end, redelivery desc
        ) = 1
),

counted as (
    select
        speaking.register,
        {{ area_of_delivery('speaking.delivery_area') }} as area_code,
        speaking.month,
        results.dimension,
        count(*) filter (where results.status = 'pass') as checks_passed,
        count(*) filter (where results.status = 'warn') as checks_warned,
        count(*) filter (where results.status = 'fail') as checks_failed,
        count(*) filter (where results.status = 'n/a') as checks_not_applicable,
        sum(case when results.status <> 'n/a' then results.elements else 0 end) as elements,
        sum(case when results.status <> 'n/a' then results.unexpected else 0 end) as unexpected
    from speaking
    inner join results on speaking.delivery = results.delivery
    group by speaking.register, speaking.delivery_area, speaking.month, results.dimension
),

scored as (
    select
        register,
        area_code,
        month,
        dimension,
        case
            when checks_failed > 0 then 'fail'
            when checks_warned > 0 then 'warn'
            when checks_passed > 0 then 'pass'
            else 'n/a'
        end as status,
        round(
            1 - {{ protect_count('unexpected', 'false') }} / nullif({{ protect_count('elements', 'false') }}, 0), 4
        ) as score,
        checks_passed,
        checks_warned,
        checks_failed,
        checks_not_applicable
    from counted
),

final as (
    select
        register,
        area_code,
        month,
        dimension,
        status,
        score,
        lag(score) over (partition by register, area_code, dimension order by month) as score_before,
        cast(checks_passed as int) as checks_passed,
        cast(checks_warned as int) as checks_warned,
        cast(checks_failed as int) as checks_failed,
        cast(checks_not_applicable as int) as checks_not_applicable
    from scored
)

select * from final
