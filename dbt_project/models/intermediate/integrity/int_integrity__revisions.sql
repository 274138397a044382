{#
    Records of the policy year that the last delivered month changed or took away after they had been counted, among those that were
    there to be changed: more than the ordinary share says that a register was worked over.
#}
with revisions as (
    select * from {{ ref('measure_revisions') }}
    where area_level = 'county' and change in ('corrected', 'withdrawn')
),

last_month as (
    {{ last_reported_month() }}
),

counts as (
    select * from {{ ref('measure_triangle') }}
    where area_level = 'county'
),

measures as (
    select * from {{ ref('measures') }}
),

changed as (
    select
        revisions.area_code,
        revisions.measure,
        last_month.month,
        sum(greatest(revisions.records_added, revisions.records_taken)) as records
    from revisions
    inner join last_month
        on
            revisions.vintage_month = last_month.month
            and {{ policy_year('revisions.event_month') }} = last_month.policy_year
    group by revisions.area_code, revisions.measure, last_month.month
),

standing as (
    select
        counts.area_code,
        counts.measure,
        last_month.month,
        sum(counts.value) as records
    from counts
    inner join last_month
        on
            counts.vintage_month = {{ add_months('last_month.month', -1) }}
            and {{ policy_year('counts.event_month') }} = last_month.policy_year
    group by counts.area_code, counts.measure, last_month.month
),

counted as (
    select
        'revisions' as method,
        measures.register,
        '' as indicator,
        standing.area_code,
        standing.month,
        cast(sum(coalesce(changed.records, 0)) as double) as hits,
        cast(sum(standing.records) as double) as cases,
        cast(null as double) as chance
    from standing
    inner join measures on standing.measure = measures.measure
    left join changed
        on
            standing.area_code = changed.area_code
            and standing.measure = changed.measure
            and standing.month = changed.month
    group by measures.register, standing.area_code, standing.month
)

select * from counted
