with standing as (
    {{ standing_rows(ref('stg_vaccinations'), ['dose_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.dose_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.mother_id_pseudonym,
        standing.birth_date,
        standing.dose_date,
        {{ month_start('standing.dose_date') }} as event_month,
        standing.reported_month,
        standing.sex
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
