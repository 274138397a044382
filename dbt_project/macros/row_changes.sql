{#
    What each snapshot month changed in a register: two kinds of rows per version of a record, with the columns of the version.

    vintage_month  the snapshot month that changed it
    sign           1 when the version came, -1 when it went
    change         first      the event was new, and had not happened before that month; or it stood in the first delivery of its
                              area to a register that is delivered whole
                   late       the event was new, or came back, and had happened before
                   corrected  another version of the same record came or went in the same month
                   withdrawn  the event went and no other version came

    counts     an entry of event_counts()
    since      only changes of this snapshot month and of later ones, when given
#}
{% macro row_changes(counts, since=none) -%}
{%- set record = 'partition by delivery_area, ' ~ counts.key | join(', ') ~ ' order by valid_from_month' -%}
select
        versions.*,
        moves.sign,
        case when moves.sign = 1 then versions.valid_from_month else versions.gone_month end as vintage_month,
        case
            when moves.sign = 1 and versions.valid_from_month = versions.earlier_gone_month then 'corrected'
            {% if counts.is_whole %}
            when moves.sign = 1 and versions.valid_from_month = versions.first_month then 'first'
            {% endif %}
            when moves.sign = 1 and versions.valid_from_month > versions.event_month then 'late'
            when moves.sign = 1 then 'first'
            when versions.gone_month = versions.later_from then 'corrected'
            else 'withdrawn'
        end as change
    from (
        {# Told among the versions that have the event: what comes with a later milestone is new, not corrected. #}
        select
            *,
            lag(gone_month) over ({{ record }}) as earlier_gone_month,
            lead(valid_from_month) over ({{ record }}) as later_from
        from (
            {# A version also goes when the record's next one comes, as it does in another policy year's window. #}
            select
                *,
                least(coalesce(valid_to_month, next_from), coalesce(next_from, valid_to_month)) as gone_month
            from (
                select
                    *,
                    {% for column, expression in (counts.derived or {}).items() %}
                    {{ expression }} as {{ column }},
                    {% endfor %}
                    {{ month_start(counts.day) }} as event_month,
                    lead(valid_from_month) over ({{ record }}) as next_from
                from ({{ changing_versions(counts, since) }}) as changing
            )
        )
        where event_month is not null
    ) as versions
    cross join (values (1), (-1)) as moves (sign)
    where
        (moves.sign = 1 or versions.gone_month is not null)
        {% if since %}
        and case when moves.sign = 1 then versions.valid_from_month else versions.gone_month end >= {{ since }}
        {% endif %}
{%- endmacro %}

{# The versions of a register, only those of records of which any came or went since a month when it is given. #}
{% macro changing_versions(counts, since) -%}
{%- set key = ['delivery_area'] + counts.key -%}
select
                    {{ 'first_deliveries.first_month,' if counts.is_whole }}
                    versions.*
                from {{ ref('stg_' ~ counts.register) }} as versions
                {% if counts.is_whole %}
                inner join (
                    select
                        delivery_area,
                        min(valid_from_month) as first_month
                    from {{ ref('stg_' ~ counts.register) }}
                    group by delivery_area
                ) as first_deliveries on versions.delivery_area = first_deliveries.delivery_area
                {% endif %}
                {% if since %}
                inner join ({{ touched_records(counts.register, key, since) }}) as moved
                    on
                        {% for column in key %}
                        {{ 'and ' if not loop.first }}versions.{{ column }} = moved.{{ column }}
                        {% endfor %}
                {% endif %}
{%- endmacro %}

{# The changes of a register counted per measure: a row per area, measure, month of the event, snapshot month, change and sign. #}
{% macro counted_changes(counts, since=none) -%}
with changes as (
    {{ row_changes(counts, since) }}
),

{% if counts.within %}
linked as (
    select * from {{ ref('int_' ~ counts.within ~ '__current') }}
),

placed as (
    select
        changes.*,
        coalesce(linked.area_code, {{ area_of_delivery('changes.delivery_area') }}) as attributed_code
    from changes
    left join linked
        on
            changes.{{ counts.link }} = linked.{{ counts.link }}
            and {{ area_of_delivery('changes.delivery_area') }} = linked.county_code
),
{% else %}
attribution as (
    select * from {{ ref('int_area_attribution') }}
),

placed as (
    select
        changes.*,
        attribution.attributed_code
    from changes
    inner join attribution on changes.area_code = attribution.area_code
),
{% endif %}

counted as (
    select
        attributed_code as area_code,
        event_month,
        vintage_month,
        change,
        sign
        {% for measure, expression in counts.measures.items() %}
        , {{ expression }} as {{ measure }}
        {% endfor %}
    from placed
    group by attributed_code, event_month, vintage_month, change, sign
)

{% for measure in counts.measures %}
{{ 'union all' if not loop.first }}
select area_code, '{{ measure }}' as measure, event_month, vintage_month, change, sign, {{ measure }} as records from counted
where {{ measure }} > 0
{% endfor %}
{%- endmacro %}

{# The registers of event_counts(). #}
{% macro event_registers() -%}
    {{ return(event_counts() | map(attribute='register') | unique | list) }}
{%- endmacro %}

{# Measures that count where a record of another register lies now, which may be elsewhere than when they were counted. #}
{% macro measures_within() -%}
    {%- set found = [] -%}
    {%- for counts in event_counts() if counts.within -%}
        {%- do found.extend(counts.measures) -%}
    {%- endfor -%}
    {{ return("('" ~ found | join("', '") ~ "')") }}
{%- endmacro %}

{# Hook of measure_revisions: takes out what int_revisions__events holds anew. #}
{% macro delete_revisions() -%}
    {%- if is_increment() -%}
    delete from {{ this }}
    where vintage_month >= {{ changed_from(event_registers()) }} or measure in {{ measures_within() }}
    {%- endif -%}
{%- endmacro %}
