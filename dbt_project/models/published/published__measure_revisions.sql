{{ config(materialized='view') }}

with revisions as (
    select
        *,
        area_level = 'city' as is_exact
    from {{ ref('measure_revisions') }}
),

protected as (
    select
        area_code,
        area_level,
        measure,
        event_month,
        vintage_month,
        change,
        {{ protect_count('records_added', 'is_exact') }} as records_added,
        {{ shown_count('records_added', 'is_exact') }} as records_added_shown,
        {{ protect_count('records_taken', 'is_exact') }} as records_taken,
        {{ shown_count('records_taken', 'is_exact') }} as records_taken_shown
    from revisions
)

select * from protected
