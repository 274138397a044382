with standing as (
    {{ standing_rows(ref('stg_pregnancies'), ['pregnancy_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
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
