{{ config(materialized='view') }}

with changes as (
    {{ counted_changes(ref('stg_deaths'), ['death_no'], 'death_date', {
        'deaths': "count(*)",
    }) }}
)

select * from changes
