{#
    A stock is the running sum of its changes: every spell adds at its first month and takes away after its last, and a woman
    enters and leaves an age group on the way. Ages are in completed years at the month's end, when every birthday of that
    month has passed, so the month of birth is exact.
#}
with spells as (
    select * from {{ ref('int_population__spells') }}
),

age_groups as (
    select * from {{ ref('age_groups') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

months as (
    select month from {{ ref('int_months') }}
),

delivered as (
    select distinct
        delivery_area,
        month
    from {{ ref('stg_landing__deliveries') }}
    where register = 'population' and status = 'landed'
),

everyone as (
    select
        delivery_area,
        area_code,
        '' as age_group,
        from_month,
        to_month,
        count(*) as register_rows,
        sum(is_duplicate) as register_duplicates,
        sum(is_counted) as register_persons,
        sum(case when status = 'registered' then is_counted else 0 end) as population,
        0 as women,
        0 as married_women
    from spells
    group by delivery_area, area_code, from_month, to_month
),

aging as (
    select
        spells.delivery_area,
        spells.area_code,
        age_groups.age_group,
        case
            when spells.marital_status in ('first_marriage', 'remarried', 'reconciled') then 1 else 0
        end as is_married,
        greatest(
            spells.from_month,
            {{ add_months(month_start('spells.birth_date'), '12 * age_groups.from_age') }}
        ) as from_month,
        least(
            spells.to_month,
            {{ add_months(month_start('spells.birth_date'), '12 * (age_groups.to_age + 1)') }}
        ) as to_month
    from spells
    cross join age_groups
    where
        spells.sex = 'female'
        and spells.status = 'registered'
        and spells.is_counted = 1
),

women as (
    select
        delivery_area,
        area_code,
        age_group,
        from_month,
        to_month,
        0 as register_rows,
        0 as register_duplicates,
        0 as register_persons,
        0 as population,
        count(*) as women,
        sum(is_married) as married_women
    from aging
    where from_month < to_month
    group by delivery_area, area_code, age_group, from_month, to_month
),

counts as (
    select * from everyone
    union all
    select * from women
),

steps as (
    select
        *,
        from_month as month,
        1 as direction
    from counts
    union all
    select
        *,
        to_month as month,
        -1 as direction
    from counts
),

changes as (
    select
        delivery_area,
        area_code,
        age_group,
        month,
        sum(direction * register_rows) as register_rows,
        sum(direction * register_duplicates) as register_duplicates,
        sum(direction * register_persons) as register_persons,
        sum(direction * population) as population,
        sum(direction * women) as women,
        sum(direction * married_women) as married_women
    from steps
    group by delivery_area, area_code, age_group, month
),

cells as (
    select distinct
        delivery_area,
        area_code,
        age_group
    from counts
),

filled as (
    select
        cells.delivery_area,
        cells.area_code,
        cells.age_group,
        months.month,
        coalesce(changes.register_rows, 0) as register_rows,
        coalesce(changes.register_duplicates, 0) as register_duplicates,
        coalesce(changes.register_persons, 0) as register_persons,
        coalesce(changes.population, 0) as population,
        coalesce(changes.women, 0) as women,
        coalesce(changes.married_women, 0) as married_women
    from cells
    cross join months
    left join changes
        on
            cells.delivery_area = changes.delivery_area
            and cells.area_code = changes.area_code
            and cells.age_group = changes.age_group
            and months.month = changes.month
),

running as (
    select
        delivery_area,
        area_code,
        age_group,
        month,
        sum(register_rows) over (
            partition by delivery_area, area_code, age_group order by month
        ) as register_rows,
        sum(register_duplicates) over (
            partition by delivery_area, area_code, age_group order by month
        ) as register_duplicates,
        sum(register_persons) over (
            partition by delivery_area, area_code, age_group order by month
        ) as register_persons,
        sum(population) over (
            partition by delivery_area, area_code, age_group order by month
        ) as population,
        sum(women) over (
            partition by delivery_area, area_code, age_group order by month
        ) as women,
        sum(married_women) over (
            partition by delivery_area, area_code, age_group order by month
        ) as married_women
    from filled
),

delivered_only as (
    select
        attribution.attributed_code as area_code,
        running.age_group,
        running.month,
        sum(running.register_rows) as register_rows,
        sum(running.register_duplicates) as register_duplicates,
        sum(running.register_persons) as register_persons,
        sum(running.population) as population,
        sum(running.women) as women,
        sum(running.married_women) as married_women
    from running
    inner join delivered on running.delivery_area = delivered.delivery_area and running.month = delivered.month
    inner join attribution on running.area_code = attribution.area_code
    group by attribution.attributed_code, running.age_group, running.month
)

select * from delivered_only
