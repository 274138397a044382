{{ config(materialized='view') }}

with changes as (
    {% for counts in event_counts() %}
    {{ 'union all' if not loop.first }}
    select *
    from (
        {{ counted_changes(counts) }}
    )
    {% endfor %}
)

select * from changes
