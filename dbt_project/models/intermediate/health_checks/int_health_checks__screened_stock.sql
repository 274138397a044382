{#
    A screening holds for 24 months, or until the woman's next one. She counts while it holds and the population register has
    her as a registered, married woman of 15 to 49.
#}
with checks as (
    select * from {{ ref('int_health_checks__current') }}
    where check_type = 'gynaecology'
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

months as (
    select month from {{ ref('int_months') }}
),

screened as (
    select distinct
        id_pseudonym,
        event_month as from_month
    from checks
),

spells as (
    select * from {{ ref('int_population__spells') }}
    where id_pseudonym in (select screened.id_pseudonym from screened)
),

holding as (
    select
        id_pseudonym,
        from_month,
        least(
            {{ add_months('from_month', 24) }},
            coalesce(
                lead(from_month) over (partition by id_pseudonym order by from_month),
                {{ add_months('from_month', 24) }}
            )
        ) as to_month
    from screened
),

married as (
    select
        id_pseudonym,
        area_code,
        greatest(from_month, {{ add_months(month_start('birth_date'), 180) }}) as from_month,
        least(to_month, {{ add_months(month_start('birth_date'), 600) }}) as to_month
    from spells
    where
        sex = 'female'
        and status = 'registered'
        and is_counted = 1
        and marital_status in ('first_marriage', 'remarried', 'reconciled')
),

shared as (
    select
        married.area_code,
        greatest(married.from_month, holding.from_month) as from_month,
        least(married.to_month, holding.to_month) as to_month
    from married
    inner join holding
        on
            married.id_pseudonym = holding.id_pseudonym
            and married.from_month < holding.to_month
            and married.to_month > holding.from_month
),

counted as (
    select
        area_code,
        from_month,
        to_month,
        count(*) as women
    from shared
    where from_month < to_month
    group by area_code, from_month, to_month
),

stock as (
    select
        attribution.attributed_code as area_code,
        months.month,
        sum(counted.women) as women_screened
    from counted
    inner join attribution on counted.area_code = attribution.area_code
    inner join months on counted.from_month <= months.month and counted.to_month > months.month
    group by attribution.attributed_code, months.month
)

select * from stock
