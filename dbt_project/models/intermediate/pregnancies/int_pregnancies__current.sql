{#
    An outcome is on time when it stood on the register at the end of the month in which it was due, or of that in which the
    pregnancy itself came on record.
#}
with standing as (
    {{ standing_rows(ref('stg_pregnancies'), ['pregnancy_no'], milestones=['outcome_date']) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

opened as (
    select
        *,
        min(reported_month) over (partition by delivery_area) as first_month
    from standing
),

placed as (
    select
        opened.pregnancy_no,
        opened.id_pseudonym,
        attribution.attributed_code as area_code,
        attribution.county_code,
        opened.first_seen_date,
        {{ month_start('opened.first_seen_date') }} as event_month,
        {{ since_first_delivery('opened.reported_month', 'opened.first_month', 'opened.registered_at') }}
            as reported_month,
        opened.lmp_date,
        opened.parity_before,
        opened.due_date,
        opened.registered_at,
        opened.outcome,
        opened.outcome_date,
        {{ since_first_delivery('opened.outcome_date_reported_month', 'opened.first_month', 'opened.outcome_date') }}
            as outcome_reported_month,
        {{ month_start(add_days('opened.due_date', var('outcome_days'))) }} as outcome_due_month
    from opened
    inner join attribution on opened.area_code = attribution.area_code
),

derived as (
    select
        *,
        greatest(reported_month, outcome_due_month) as outcome_due_reported_month,
        outcome_reported_month is not null
        and outcome_reported_month <= greatest(reported_month, outcome_due_month) as is_outcome_recorded
    from placed
)

select * from derived
