with standing as (
    {{ standing_rows(ref('stg_inspections'), ['visit_no', 'item']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.visit_no,
        standing.item,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.visited_on,
        {{ month_start('standing.visited_on') }} as event_month,
        standing.reported_month,
        standing.passed,
        standing.rectify_by,
        {{ month_start('standing.rectify_by') }} as due_month,
        {{ due_reported_month('standing.rectify_by') }} as due_reported_month,
        standing.rectified_on,
        standing.visit_type
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
