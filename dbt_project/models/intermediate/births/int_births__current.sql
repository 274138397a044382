with versions as (
    select * from {{ ref('stg_births') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

age_groups as (
    select * from {{ ref('age_groups') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, birth_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, birth_no
            order by
                case when valid_to_month is null then 0 else 1 end,
                valid_from_month desc,
                delivery_area asc
        ) = 1
),

standing as (
    select
        *,
        {{ age_on('mother_birth_date', 'birth_date') }} as mother_age,
        {{ days_between('birth_date', 'registered_at') }} as registration_delay_days
    from keyed
    where valid_to_month is null
),

derived as (
    select
        standing.birth_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.birth_date,
        {{ month_start('standing.birth_date') }} as event_month,
        standing.reported_month,
        standing.registered_at,
        standing.sex,
        standing.parity,
        standing.mother_age,
        coalesce(age_groups.age_group, 'unknown') as mother_age_group,
        standing.policy_status,
        standing.registration_delay_days,
        standing.registration_delay_days <= {{ var('timely_days') }} as is_timely
    from standing
    inner join attribution on standing.area_code = attribution.area_code
    left join age_groups
        on least(greatest(standing.mother_age, 15), 49) between age_groups.from_age and age_groups.to_age
)

select * from derived
