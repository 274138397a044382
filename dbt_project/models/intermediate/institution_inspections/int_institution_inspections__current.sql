with standing as (
    {{ standing_rows(ref('stg_institution_inspections'), ['inspection_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.inspection_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.institution_code,
        standing.inspected_on,
        {{ month_start('standing.inspected_on') }} as event_month,
        standing.reported_month,
        standing.passed,
        standing.item,
        standing.rectified_on
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
