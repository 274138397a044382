with versions as (
    select * from {{ ref('stg_pregnancies') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, pregnancy_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, pregnancy_no
            order by
                case when valid_to_month is null then 0 else 1 end,
                valid_from_month desc
        ) = 1
),

standing as (
    select * from keyed
    where valid_to_month is null
),

derived as (
    select
        standing.pregnancy_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.first_seen_date,
        {{ month_start('standing.first_seen_date') }} as event_month,
        standing.reported_month,
        standing.lmp_date
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
