with versions as (
    select * from {{ ref('stg_deaths') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, death_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, death_no
            order by
                case when valid_to_month is null then 0 else 1 end,
                valid_from_month desc,
                delivery_area asc
        ) = 1
),

standing as (
    select * from keyed
    where valid_to_month is null
),

derived as (
    select
        standing.death_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.death_date,
        {{ month_start('standing.death_date') }} as event_month,
        standing.reported_month,
        standing.registered_at,
        standing.sex,
        {{ age_on('standing.birth_date', 'standing.death_date') }} as age,
        {{ days_between('standing.death_date', 'standing.registered_at') }} as registration_delay_days
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
