with standing as (
    {{ standing_rows(ref('stg_card_reads'), ['area_code', 'read_date']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.area_code as delivered_area_code,
        standing.read_date,
        attribution.attributed_code as area_code,
        attribution.county_code,
        {{ month_start('standing.read_date') }} as event_month,
        standing.reported_month,
        standing.service_contacts,
        standing.valid_reads
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
