{# Townships and villages are known as their county is, the city as all of its counties are. #}
with deliveries as (
    select * from {{ ref('int_covering_deliveries') }}
),

{# A measure over several registers, named like births|deaths, knows what all of them know. #}
register_sets as (
    select distinct
        measures.register as register_set,
        registers.register
    from {{ ref('measures') }} as measures
    inner join {{ ref('registers') }} as registers
        on {{ is_among('registers.register', 'measures.register') }}
    where
        measures.register like '%|%'
        and registers.reported_by = 'county'
),

warned as (
    select distinct
        delivery,
        {{ flagged_register('check_id', 'register') }} as register
    from {{ ref('stg_quality__results') }}
    where status in ('warn', 'fail')
),

covering as (
    select
        deliveries.register,
        deliveries.county_code,
        deliveries.month,
        deliveries.delivery,
        case when deliveries.delivery is not null then 1 else 0 end as is_covered,
        deliveries.is_delivered,
        case when warned.delivery is not null then 1 else 0 end as is_provisional
    from deliveries
    left join warned on deliveries.delivery = warned.delivery and deliveries.register = warned.register
),

{# What a delivery of another register says against a register, in the months that the delivery covers. #}
doubted as (
    select distinct
        warned.register,
        covering.county_code,
        covering.month
    from covering
    inner join warned on covering.delivery = warned.delivery and covering.register <> warned.register
),

members as (
    select
        county_code as area_code,
        county_code
    from covering
    union
    select
        {{ area_at('county_code', 'city') }} as area_code,
        county_code
    from covering
),

by_area as (
    select
        members.area_code,
        covering.register,
        covering.month,
        min(covering.is_covered) as is_covered,
        min(covering.is_delivered) as is_delivered,
        max(case when doubted.register is not null then 1 else covering.is_provisional end) as is_provisional
    from members
    inner join covering on members.county_code = covering.county_code
    left join doubted
        on
            covering.register = doubted.register
            and covering.county_code = doubted.county_code
            and covering.month = doubted.month
    group by members.area_code, covering.register, covering.month
),

by_set as (
    select
        by_area.area_code,
        register_sets.register_set as register,
        by_area.month,
        min(by_area.is_covered) as is_covered,
        min(by_area.is_delivered) as is_delivered,
        max(by_area.is_provisional) as is_provisional
    from by_area
    inner join register_sets on by_area.register = register_sets.register
    group by by_area.area_code, register_sets.register_set, by_area.month
),

availability as (
    select * from by_area
    union all
    select * from by_set
)

select * from availability
