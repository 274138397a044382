with standing as (
    {{ standing_rows(ref('stg_surveys'), ['interview_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
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
        standing.participated,
        standing.survey,
        standing.stratum
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
