with standing as (
    {{ standing_rows(ref('stg_marriages'), ['registration_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.registration_no,
        standing.id_a_pseudonym,
        standing.id_b_pseudonym,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.event_date,
        {{ month_start('standing.event_date') }} as event_month,
        standing.reported_month,
        standing.event_type
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
