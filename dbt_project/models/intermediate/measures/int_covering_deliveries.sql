{# Counties deliver; a delivery speaks for the months that the way in which its register is delivered gives it. #}
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
        landed.month as delivery_month,
        max(case when landed.month = expected.month then 1 else 0 end) over (
            partition by expected.register, expected.county_code, expected.month
        ) as is_delivered
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
    {# Of several deliveries that cover a month the newest speaks, and of its re-deliveries the last. #}
    qualify
        row_number() over (
            partition by expected.register, expected.county_code, expected.month
            order by landed.month desc, landed.redelivery desc
        ) = 1
)

select * from covering
