with standing as (
    {{ standing_rows(ref('stg_supplies'), ['supply_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.supply_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.supply_month,
        {{ month_start('standing.supply_month') }} as event_month,
        standing.reported_month,
        standing.due_recipients,
        standing.recipients,
        standing.followed_up
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
