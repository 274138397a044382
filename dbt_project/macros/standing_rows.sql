{#
    The rows of a register that stand now, one per key of a delivering area: the newest version of each key, unless it was
    withdrawn, with the month in which the key was first delivered (`reported_month`).

    relation     a staged register: every version of every row
    key          the columns that tell its records apart within a delivering area
    milestones   dates that are filled in later; <date>_reported_month is the month in which each was first delivered
    kept         the register, when the model is a table that increments keep: only touched records are read then
#}
{% macro standing_rows(relation, key, milestones=[], kept=none) -%}
{%- set record = 'partition by delivery_area, ' ~ key | join(', ') -%}
select *
    from (
        select
            *,
            {% for milestone in milestones %}
            min(case when {{ milestone }} is not null then valid_from_month end) over ({{ record }})
                as {{ milestone }}_reported_month,
            {% endfor %}
            min(valid_from_month) over ({{ record }}) as reported_month
        from {{ '(' ~ touched_versions(kept, ['delivery_area'] + key) ~ ') as touched_versions' if kept else relation }}
        qualify
            row_number() over (
                {{ record }}
                order by
                    case when valid_to_month is null then 0 else 1 end,
                    valid_from_month desc
            ) = 1
    )
    where valid_to_month is null
{%- endmacro %}

{# The month in which something of a standing row that falls due is known to be due: when it was reported, and not before it is due. #}
{% macro due_reported_month(due_date) -%}
    case when {{ due_date }} is not null then greatest(standing.reported_month, {{ month_start(due_date) }}) end
{%- endmacro %}

{#
    The month in which something of `day` was reported, for a register delivered whole: what stood in its area's first delivery
    (`first_month`) had been known before it, so it counts in the month of its own day.
#}
{% macro since_first_delivery(reported_month, first_month, day) -%}
    case
        when {{ reported_month }} = {{ first_month }} then least({{ reported_month }}, {{ month_start(day) }})
        else {{ reported_month }}
    end
{%- endmacro %}
