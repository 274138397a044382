-- depends_on: {{ ref('int_touched__registers') }}

{#
    In an increment: what changed since the first month of which something else is known, and all of what counts where a record of
    another register lies now.
#}
{%- set since = changed_from(event_registers()) if is_increment() else none %}

with changes as (
    {% for counts in event_counts() %}
    {{ 'union all' if not loop.first }}
    select *
    from (
        {{ counted_changes(counts, since if not counts.within else none) }}
    )
    {% endfor %}
)

select * from changes
