with standing as (
    {{ standing_rows(ref('stg_two_acts_cases'), ['case_no']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        standing.case_no,
        attribution.attributed_code as area_code,
        attribution.county_code,
        standing.filed_date,
        {{ month_start('standing.filed_date') }} as event_month,
        standing.reported_month,
        standing.closed_date,
        standing.typical,
        standing.institution_code,
        standing.act_type,
        standing.lead_source,
        standing.practitioners_licence_revoked,
        standing.institutions_licence_revoked,
        standing.persons_sentenced,
        standing.fine_amount
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
