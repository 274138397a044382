with standing as (
    {{ standing_rows(ref('stg_spot_checks'), ['check_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.check_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.checked_on,
        {{ month_start('standing.checked_on') }} as event_month,
        standing.reported_month,
        standing.matches,
        standing.spot_check_round,
        standing.checked_register,
        standing.checked_field,
        standing.found_by
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
