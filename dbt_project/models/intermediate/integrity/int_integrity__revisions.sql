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
            counts.vintage_month < last_month.month
            and (counts.replaced_month is null or counts.replaced_month >= last_month.month)
            and {{ policy_year('counts.event_month') }} = last_month.policy_year
    group by counts.area_code, counts.measure, last_month.month
),

compared as (
    select
        measures.register,
        standing.measure,
        standing.area_code,
        standing.month,
        standing.records as cases,
        coalesce(changed.records, 0) as hits
    from standing
    inner join measures on standing.measure = measures.measure
    left join changed
        on
            standing.area_code = changed.area_code
            and standing.measure = changed.measure
            and standing.month = changed.month
),

{# A record stands in several measures of its register: the widest of them speaks, so that none is counted twice. #}
counted as (
    select
        'revisions' as method,
        register,
        '' as indicator,
        area_code,
        month,
        cast(hits as double) as hits,
        cast(cases as double) as cases,
        cast(null as double) as chance,
        row_number() over (
            partition by register, area_code, month
            order by cases desc, hits desc, measure asc
        ) as place
    from compared
)

select * from counted
