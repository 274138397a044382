{#
    Whether this build computes what changed since the last whole one, or everything. Every table of increments asks the same
    question, so it is asked of one relation: int_settled__counts, the last to be written by a whole build. `--full-refresh`
    computes everything; so do unit tests, and Spark, whose plain tables take no delete.
#}
{% macro is_increment() -%}
    {%- if not execute or flags.FULL_REFRESH or target.type != 'duckdb' or model.resource_type == 'unit_test' -%}
        {{ return(false) }}
    {%- endif -%}
    {#- Asked some five times a node, and answered once a run: looking through all nodes takes its time. -#}
    {%- if graph.get('increment_asked') != invocation_id -%}
        {%- do graph.update({'is_increment': follows_whole_build(), 'increment_asked': invocation_id}) -%}
    {%- endif -%}
    {{ return(graph['is_increment']) }}
{%- endmacro %}

{#
    dbt's own question, asked by its materialization `incremental`: a table is made anew unless this build is an increment. Otherwise a
    build of a part, before any whole one, would append to what stands all that it computes.
#}
{% macro should_full_refresh() -%}
    {%- set is_kept = model.config.materialized == 'incremental' and target.type == 'duckdb' -%}
    {{ return(flags.FULL_REFRESH or (is_kept and not is_increment())) }}
{%- endmacro %}

{#
    What macros have asked the warehouse in this run, by question: some two hundred times a build they want one of thirty dates. A work
    list is written once in a build, and whoever asks of it comes after it.
#}
{% macro answers() -%}
    {%- if graph.get('answered_in') != invocation_id -%}
        {%- do graph.update({'answers': {}, 'answered_in': invocation_id}) -%}
    {%- endif -%}
    {{ return(graph['answers']) }}
{%- endmacro %}

{% macro follows_whole_build() -%}
    {%- set last = graph.nodes['model.renkou.int_settled__counts'] -%}
    {%- if adapter.get_relation(last.database, last.schema, last.alias) is none -%}
        {{ return(false) }}
    {%- endif -%}
    {#- A kept table that is gone would be made anew of what changed alone. -#}
    {%- for kept in graph.nodes.values() if kept.config.materialized == 'incremental' or kept.config.touched -%}
        {%- if adapter.get_relation(kept.database, kept.schema, kept.alias) is none -%}
            {{ exceptions.raise_compiler_error(kept.name ~ ' is missing, which increments keep: build with --full-refresh') }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{#
    Keys of the rows of `name` that are not, or not so, in int_settled__<name>: in what the last whole build left behind. No ref:
    that table comes at the end of the build that reads it at the start. Empty when everything is computed anyway.

    name      a relation of the calling query, with the columns of int_settled__<name>
    key       columns that tell rows apart
    values    the other columns
    shown     the part of the key that is wanted
    carried   values that are wanted as they are now, with is_gone: 1 where there is no such row any more
    among     condition on the settled rows, when `name` does not hold all
#}
{% macro differences(name, key, values, shown=none, carried=[], among='true') -%}
    {%- set wanted = shown or key -%}
    {%- if is_increment() -%}
    select distinct
        {% for column in wanted %}
        coalesce({{ name }}.{{ column }}, settled.{{ column }}) as {{ column }}{{ ',' if carried or not loop.last }}
        {% endfor %}
        {% if carried %}
        {% for column in carried %}
        {{ name }}.{{ column }},
        {% endfor %}
        case when {{ name }}.{{ key[0] }} is null then 1 else 0 end as is_gone
        {% endif %}
    from {{ name }}
    full join (
        select * from {{ graph.nodes['model.renkou.int_settled__' ~ name].relation_name }}
        where {{ among }}
    ) as settled
        on
            {% for column in key %}
            {{ 'and ' if not loop.first }}{{ name }}.{{ column }} = settled.{{ column }}
            {% endfor %}
    where
        {{ name }}.{{ key[0] }} is null
        or settled.{{ key[0] }} is null
        {% for column in values %}
        or {{ name }}.{{ column }} is distinct from settled.{{ column }}
        {% endfor %}
    {%- else -%}
    select {{ (wanted + carried) | join(', ') }}{{ ', 0 as is_gone' if carried }}
    from {{ name }}
    where false
    {%- endif %}
{%- endmacro %}

{# The columns that tell the rows of a work list apart, and those of the table that it belongs to up to strata. #}
{% macro touched_keys(touched) -%}
    {{ return({
        'int_changed__counts': ['area_code', 'month', 'clock', 'measure', 'part'],
        'int_touched__counts': ['area_code', 'month', 'clock', 'measure'],
        'int_touched__measures': ['area_code', 'month', 'clock', 'measure'],
        'int_touched__values': ['area_code', 'indicator', '`window`', 'period_end', 'clock'],
        'int_touched__bridge': ['area_code', 'measure', '`window`', 'period_end'],
        'int_touched__funnels': ['area_code', 'indicator', '`window`', 'period_end'],
    }[touched]) }}
{%- endmacro %}

{# Note for tests: what a table holds from this row on, this run of dbt added (DuckDB numbers rows as they come). #}
{% macro note_added(relation, found) -%}
    {%- do answers().update({'added to ' ~ relation: found.rows[0]['first_added']}) -%}
{%- endmacro %}

{% macro next_row(relation) -%} select coalesce(max(rowid), -1) + 1 as first_added from {{ relation }} {%- endmacro %}

{#
    What a test of a table that increments keep looks at, with its `where`: the rows on the work list `touched`. Of a relation that shows
    the table `kept_in` as it is, the run that added rows to that table looks at these, and need not look for them.
#}
{% macro touched_rows(model, touched, kept_in=none) -%}
    {%- set first_added = answers().get('added to ' ~ ref(kept_in)) if kept_in and execute else none -%}
    {%- if first_added is not none -%}
    {{ ref(kept_in) }} as standing
where standing.rowid >= {{ first_added }}
    {%- elif touched and is_increment() -%}
    {{ model }} as standing
where {{ is_touched(touched) }}
    {%- else -%}
    {{ model }} as standing
where true
    {%- endif -%}
{%- endmacro %}

{#
    Condition: a row of the table `standing` is on a work list. The first month on it spares reading what lies before;
    `renamed` says which column of the table has another name than that of the list.
#}
{% macro is_touched(touched, renamed={}) -%}
    {%- set time = 'period_end' if 'period_end' in touched_keys(touched) else 'month' -%}
    standing.{{ time }} >= {{ first_touched(touched, time) }}
    and exists (
        select 1 from {{ ref(touched) }} as touched
        where
            {% for key in touched_keys(touched) %}
            {{ 'and ' if not loop.first }}standing.{{ renamed.get(key, key) }} = touched.{{ key }}
            {% endfor %}
    )
{%- endmacro %}

{# The first month or period end on a work list, as a literal, so that what lies before is not read; far ahead when it is empty. #}
{% macro first_touched(touched, time, among='true') -%}
    {%- set question = 'first_touched ' ~ touched ~ ' ' ~ among -%}
    {%- if question not in answers() -%}
        {%- set found = run_query(
            "select cast(coalesce(min(" ~ time ~ "), date '9999-12-01') as string) as first from "
            ~ graph.nodes['model.renkou.' ~ touched].relation_name ~ " where " ~ among
        ) -%}
        {%- do answers().update({question: "date '" ~ found.rows[0]['first'] ~ "'"}) -%}
    {%- endif -%}
    {{ return(answers()[question]) }}
{%- endmacro %}

{# Hook of a table that increments keep: takes out the rows on a work list before those of this build are added. #}
{% macro delete_touched(touched, renamed={}) -%}
    {%- if is_increment() -%}
    {%- set time = 'period_end' if 'period_end' in touched_keys(touched) else 'month' -%}
    delete from {{ this }} as standing
    where
        standing.{{ time }} >= {{ first_touched(touched, time) }}
        and exists (
            select 1 from {{ ref(touched) }} as touched
            where
                {# What is of after the last whole build's months is new; only entities may be seen ahead of the calendar. #}
                {{ 'touched.' ~ time ~ ' <= ' ~ last_settled() if touched != 'int_changed__counts' else 'true' }}
                {% for key in touched_keys(touched) %}
                and standing.{{ renamed.get(key, key) }} = touched.{{ key }}
                {% endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{# The last day of the months of the last whole build: nothing that it left behind is of later. #}
{% macro last_settled() -%}
    {%- if 'last_settled' not in answers() -%}
        {%- set found = run_query("select cast(last_day(max(month)) as string) as last from " ~ settled_deliveries()) -%}
        {%- do answers().update({'last_settled': "date '" ~ found.rows[0]['last'] ~ "'"}) -%}
    {%- endif -%}
    {{ return(answers()['last_settled']) }}
{%- endmacro %}

{#
    Everything that values are computed from, of a relation of counts: those, and one by one what is counted once in a window
    however often it was seen, which a month's number does not tell.
#}
{% macro counts_and_entities(counted) -%}
    select
        subject,
        area_code,
        month,
        clock,
        measure,
        stratum as part,
        value
    from {{ counted }}
    union all
    select
        'entities' as subject,
        area_code,
        month,
        clock,
        measure,
        entity as part,
        1 as value
    from {{ ref('int_entities__seen') }}
{%- endmacro %}

{# How a table is kept on DuckDB; elsewhere, where every build computes everything, it is a plain table. #}
{% macro on_duckdb(materialization) -%}
    {{ return(materialization if target.type == 'duckdb' else 'table') }}
{%- endmacro %}
