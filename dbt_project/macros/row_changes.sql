{#
    What each snapshot month changed in a register: two kinds of rows per version of a record, with the columns of the version.

    vintage_month  the snapshot month that changed it
    sign           1 when the version came, -1 when it went
    change         first      the record was new, and its event lies in that very month
                   late       the record was new, or came back, and its event lies before
                   corrected  another version of the same record came or went in the same month
                   withdrawn  the record went and no other version came

    relation    a staged register: every version of every row
    key         the columns that tell its records apart within a delivering area
    event_date  the column with the day of the event
#}
{% macro row_changes(relation, key, event_date) -%}
{%- set record = 'partition by delivery_area, ' ~ key | join(', ') ~ ' order by valid_from_month' -%}
select
        versions.*,
        moves.sign,
        case when moves.sign = 1 then versions.valid_from_month else versions.gone_month end as vintage_month,
        case
            when moves.sign = 1 and versions.valid_from_month = versions.earlier_gone_month then 'corrected'
            when moves.sign = 1 and versions.valid_from_month > {{ month_start('versions.' ~ event_date) }} then 'late'
            when moves.sign = 1 then 'first'
            when versions.gone_month = versions.later_from then 'corrected'
            else 'withdrawn'
        end as change
    from (
        select
            *,
            lag(gone_month) over ({{ record }}) as earlier_gone_month
        from (
            {# A version also goes when the record's next one comes, as it does in another policy year's window. #}
            select
                *,
                least(
                    coalesce(valid_to_month, later_from), coalesce(later_from, valid_to_month)
                ) as gone_month
            from (
                select
                    *,
                    lead(valid_from_month) over ({{ record }}) as later_from
                from {{ relation }}
            )
        )
    ) as versions
    cross join (values (1), (-1)) as moves (sign)
    where moves.sign = 1 or versions.gone_month is not null
{%- endmacro %}

{# The changes of a register counted per measure: a row per area, measure, month of the event, snapshot month, change and sign. #}
{% macro counted_changes(relation, key, event_date, measures) -%}
with changes as (
    {{ row_changes(relation, key, event_date) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

placed as (
    select
        changes.*,
        attribution.attributed_code,
        {{ month_start('changes.' ~ event_date) }} as event_month
    from changes
    inner join attribution on changes.area_code = attribution.area_code
),

counted as (
    select
        attributed_code as area_code,
        event_month,
        vintage_month,
        change,
        sign
        {% for measure, expression in measures.items() %}
        , {{ expression }} as {{ measure }}
        {% endfor %}
    from placed
    group by attributed_code, event_month, vintage_month, change, sign
)

{% for measure in measures %}
{{ 'union all' if not loop.first }}
select area_code, '{{ measure }}' as measure, event_month, vintage_month, change, sign, {{ measure }} as records from counted
{% endfor %}
{%- endmacro %}
