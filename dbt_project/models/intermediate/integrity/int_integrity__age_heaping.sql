{#
    Ages on the population register as it stands: Whipple's index (ages of 23 to 62 that end in 0 or 5; United Nations, Manual II, 1955),
    Myers' blended share of the commonest last digit (Myers 1940, Transactions of the Actuarial Society of America 41), and the
    commonest animal of the twelve-year cycle among three whole cycles (Jowett and Li 1992, GeoJournal 28).
#}
with persons as (
    select * from {{ ref('stg_population') }}
    where valid_to_month is null and status = 'registered'
),

last_month as (
    {{ last_reported_month() }}
),

ages as (
    select
        {{ area_of_delivery('persons.delivery_area') }} as area_code,
        last_month.month,
        {{ age_on('persons.birth_date', 'last_day(last_month.month)') }} as age,
        year(persons.birth_date) % 12 as animal,
        count(*) as persons
    from persons
    cross join last_month
    group by persons.delivery_area, last_month.month, age, animal
),

whipple as (
    select
        'whipple' as method,
        area_code,
        month,
        sum(case when age % 5 = 0 then persons else 0 end) as hits,
        sum(persons) as cases
    from ages
    where age between 23 and 62
    group by area_code, month
),

blended as (
    select
        area_code,
        month,
        age % 10 as digit,
        sum(persons * (
            case when age between 10 and 89 then age % 10 + 1 else 0 end
            + case when age between 20 and 99 then 9 - age % 10 else 0 end
        )) / 10.0 as persons
    from ages
    where age between 10 and 99
    group by area_code, month, digit
),

myers as (
    select
        'myers' as method,
        area_code,
        month,
        max(persons) as hits,
        sum(persons) as cases
    from blended
    group by area_code, month
),

animals as (
    select
        area_code,
        month,
        animal,
        sum(persons) as persons
    from ages
    where age between 24 and 59
    group by area_code, month, animal
),

zodiac as (
    select
        'zodiac' as method,
        area_code,
        month,
        max(persons) as hits,
        sum(persons) as cases
    from animals
    group by area_code, month
),

heaping as (
    select * from whipple
    union all
    select * from myers
    union all
    select * from zodiac
)

select
    method,
    'population' as register,
    '' as indicator,
    area_code,
    month,
    cast(hits as double) as hits,
    cast(cases as double) as cases,
    cast(null as double) as chance
from heaping
