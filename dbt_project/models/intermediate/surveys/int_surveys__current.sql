with versions as (
    select * from {{ ref('stg_surveys') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, interview_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, interview_no
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
        standing.interview_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.interview_date,
        {{ month_start('standing.interview_date') }} as event_month,
        standing.reported_month,
        standing.weight,
        standing.aware_rights,
        standing.aware_methods,
        standing.aware_policy,
        standing.satisfied,
        standing.participated
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
