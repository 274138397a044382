{{ config(materialized='view') }}

with versions as (
    select * from {{ ref('stg_official_population') }}
),

months as (
    select month from {{ ref('int_months') }}
),

latest as (
    select * from versions
    where valid_to_month is null
    qualify row_number() over (partition by area_code, figure_year order by valid_from_month desc) = 1
),

points as (
    select
        area_code,
        make_date(figure_year, 6, 1) as figure_month,
        mid_year_population as persons
    from latest
    union all
    select
        area_code,
        make_date(figure_year, 12, 1) as figure_month,
        year_end_population as persons
    from latest
),

newest_known as (
    select
        points.area_code,
        months.month,
        points.persons
    from points
    cross join months
    where points.persons is not null
    qualify
        row_number() over (
            partition by points.area_code, months.month
            order by
                case when points.figure_month <= months.month then 0 else 1 end,
                abs({{ months_between('points.figure_month', 'months.month') }})
        ) = 1
),

townships as (
    select
        {{ area_at('area_code', 'county') }} as county_code,
        month,
        sum(persons) as persons
    from newest_known
    where substr(area_code, 7, 6) <> '000000'
    group by {{ area_at('area_code', 'county') }}, month
),

own_rows as (
    select
        newest_known.area_code,
        newest_known.month,
        newest_known.persons - coalesce(townships.persons, 0) as official_population
    from newest_known
    left join townships
        on newest_known.area_code = townships.county_code and newest_known.month = townships.month
)

select * from own_rows
