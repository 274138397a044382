{{ config(materialized='view') }}

{# Of fewer records than `hold` the measures that they show in would describe each of them. #}
with revisions as (
    select
        *,
        records_added + records_taken as records
    from {{ ref('measure_revisions') }}
    where area_level = 'city'
),

last_shown as (
    select * from {{ ref('stg_publication__revisions') }}
),

told_apart as (
    select
        revisions.*,
        last_shown.records_added as last_added,
        last_shown.records_taken as last_taken,
        last_shown.area_code is not null as was_shown,
        {{ is_held('revisions.records_added', 'last_shown.records_added', 'last_shown.area_code', 'true') }}
        and {{ is_held('revisions.records_taken', 'last_shown.records_taken', 'last_shown.area_code', 'true') }}
            as is_row_held
    from revisions
    left join last_shown
        on
            revisions.area_code = last_shown.area_code
            and revisions.measure = last_shown.measure
            and revisions.event_month = last_shown.event_month
            and revisions.vintage_month = last_shown.vintage_month
            and revisions.change = last_shown.change
),

held as (
    select
        area_code,
        area_level,
        measure,
        event_month,
        vintage_month,
        change,
        case when is_row_held then last_added else records_added end as records_added,
        case when is_row_held then last_taken else records_taken end as records_taken
    from told_apart
    where records >= {{ var('hold') }} or was_shown
),

final as (
    select
        area_code,
        area_level,
        measure,
        event_month,
        vintage_month,
        change,
        records_added,
        cast(cast(round(records_added) as bigint) as string) as records_added_shown,
        records_taken,
        cast(cast(round(records_taken) as bigint) as string) as records_taken_shown
    from held
)

select * from final
