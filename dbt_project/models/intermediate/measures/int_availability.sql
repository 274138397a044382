{# Counties deliver: townships and villages are known as their county is, the city as all of them are. #}
with registers as (
    select * from {{ ref('registers') }}
    where reported_by = 'county'
),

months as (
    select * from {{ ref('int_months') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

landed as (
    select
        delivery,
        register,
        {{ area_of_delivery('delivery_area') }} as county_code,
        month,
        redelivery,
        {{ policy_year('month') }} as policy_year
    from {{ ref('stg_landing__deliveries') }}
    where status = 'landed'
),

{# A measure over several registers, named like births|deaths, knows what all of them know. #}
register_sets as (
    select distinct
        measures.register as register_set,
        registers.register
    from {{ ref('measures') }} as measures
    inner join registers
        on {{ is_among('registers.register', 'measures.register') }}
    where measures.register like '%|%'
),

warned as (
    select distinct
        delivery,
        {{ flagged_register('check_id', 'register') }} as register
    from {{ ref('stg_quality__results') }}
    where status in ('warn', 'fail')
),

expected as (
    select
        registers.register,
        registers.mode,
        registers.frequency,
        counties.area_code as county_code,
        months.month,
        months.policy_year,
        {{ due_month('registers.frequency', 'months.month') }} as due_month
    from registers
    cross join months
    inner join areas as counties
        on
            counties.area_level = 'county'
            and months.month_end >= counties.valid_from
            and (counties.valid_to is null or months.month_end < counties.valid_to)
),

covering as (
    select
        expected.register,
        expected.county_code,
        expected.month,
        landed.delivery,
        case when landed.delivery is not null then 1 else 0 end as is_covered,
        max(case when landed.month = expected.month then 1 else 0 end) over (
            partition by expected.register, expected.county_code, expected.month
        ) as is_delivered,
        case when warned.delivery is not null then 1 else 0 end as is_provisional
    from expected
    left join landed
        on
            expected.register = landed.register
            and expected.county_code = landed.county_code
            and case
                when expected.frequency = 'standing' then expected.month >= landed.month
                when expected.frequency = 'yearly' then year(expected.month) = year(landed.month)
                when expected.mode = 'window'
                    then expected.policy_year = landed.policy_year and expected.month <= landed.month
                else landed.month between expected.month and expected.due_month
            end
    left join warned on landed.delivery = warned.delivery and expected.register = warned.register
    {# Of several deliveries that cover a month the newest speaks, and of its re-deliveries the last. #}
    qualify
        row_number() over (
            partition by expected.register, expected.county_code, expected.month
            order by landed.month desc, landed.redelivery desc
        ) = 1
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
    from expected
    union
    select
        {{ area_at('county_code', 'city') }} as area_code,
        county_code
    from expected
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
