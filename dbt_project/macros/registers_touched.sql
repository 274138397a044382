{# Before all months. #}
{% macro beginning() -%} date '1900-01-01' {%- endmacro %}

{#
    The month from which a register (the first of several) may hold something else than the last whole build found, as a literal, so
    that what lies before is not read; far ahead when nothing changed. `records`: that from which versions tell which records are to be
    looked at again (int_touched__registers). Everything counts from the beginning when everything is computed.
#}
{% macro changed_from(registers, records=false) -%}
    {%- if not is_increment() -%}
        {{ return(beginning()) }}
    {%- endif -%}
    {%- set column = 'records_from' if records else 'first_month' -%}
    {%- set question = 'changed_from ' ~ column ~ ' ' ~ registers | join(' ') -%}
    {%- if question not in answers() -%}
        {%- set found = run_query(
            "select cast(coalesce(min(" ~ column ~ "), date '9999-12-01') as string) as month from "
            ~ graph.nodes['model.renkou.int_touched__registers'].relation_name
            ~ " where register in ('" ~ registers | join("', '") ~ "')"
        ) -%}
        {%- do answers().update({question: "date '" ~ found.rows[0]['month'] ~ "'"}) -%}
    {%- endif -%}
    {{ return(answers()[question]) }}
{%- endmacro %}

{# Keys of records of which a version came or went since a month: that of the last whole build, unless another is given. #}
{% macro touched_records(register, key, since=none) -%}
    {%- set since = since or changed_from([register], records=true) -%}
    select distinct {{ key | join(', ') }}
    from {{ ref('stg_' ~ register) }}
    where valid_from_month >= {{ since }} or valid_to_month >= {{ since }}
{%- endmacro %}

{# The versions of the records that an increment looks at again; all of them when everything is computed. #}
{% macro touched_versions(register, key) -%}
    select versions.*
    from {{ ref('stg_' ~ register) }} as versions
    {% if is_increment() %}
    inner join ({{ touched_records(register, key) }}) as touched
        on
            {% for column in key %}
            {{ 'and ' if not loop.first }}versions.{{ column }} = touched.{{ column }}
            {% endfor %}
    {% endif %}
{%- endmacro %}

{# Hook of a table of records that increments keep: takes out those that are looked at again. #}
{% macro delete_touched_records(register, key) -%}
    {%- if is_increment() -%}
    delete from {{ this }} as standing
    {%- if changed_from([register], records=true) != beginning() %}
    where exists (
        select 1 from ({{ touched_records(register, key) }}) as touched
        where
            {% for column in key %}
            {{ 'and ' if not loop.first }}standing.{{ column }} = touched.{{ column }}
            {% endfor %}
    )
    {%- endif %}
    {%- endif -%}
{%- endmacro %}

{# Hook of a table by months that increments keep: takes out the months that a change of the registers may reach. #}
{% macro delete_months(registers, month='month', records=false) -%}
    {%- if is_increment() -%}
    delete from {{ this }} where {{ month }} >= {{ changed_from(registers, records) }}
    {%- endif -%}
{%- endmacro %}

{# Hook of int_population__overlapping: where any record may be another one, all are looked at again. #}
{% macro delete_found_anew() -%}
    {%- if is_increment() and changed_from(['population'], records=true) == beginning() -%}
    delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# The deliveries of the last whole build. No ref: the table is written at the end of the build that reads it. #}
{% macro settled_deliveries() -%} {{ graph.nodes['model.renkou.int_settled__deliveries'].relation_name }} {%- endmacro %}
