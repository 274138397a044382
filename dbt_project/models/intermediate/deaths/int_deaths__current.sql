with standing as (
    {{ standing_rows(ref('stg_deaths'), ['death_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
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
