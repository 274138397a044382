{#
    The relations that measures are counted from: what the views int_measures__* read. Empty until the project is parsed.
#}
{% macro measured_relations() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for view in graph.nodes['model.renkou.int_measures__long_form'].depends_on.nodes -%}
            {%- for name in graph.nodes[view].depends_on.nodes if name not in found -%}
                {%- do found.append(name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found | sort) }}
{%- endmacro %}

{# The columns that say in which month a row of a relation counts, on whatever clock: measures_long() reads no others. #}
{% macro month_columns(relation) -%}
    {%- set found = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name.endswith('month') -%}
        {%- do found.append(column.name) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#
    What the facts of each month are, in short: one row per relation, column of months and month. Empty where every build counts
    everything and nobody asks: on Spark, which has no increments, and in unit tests.
#}
{% macro fact_months() -%} {{ return(adapter.dispatch('fact_months')()) }} {%- endmacro %}

{% macro default__fact_months() -%}
    select
        '' as relation,
        cast(null as date) as month,
        0 as facts,
        0 as digest
    where false
{%- endmacro %}

{% macro duckdb__fact_months() -%}
    {%- set selects = [] -%}
    {%- for name in measured_relations() if model.resource_type != 'unit_test' -%}
        {%- set node = graph.nodes[name] -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- set months = month_columns(relation) -%}
        {%- if months -%}
            {%- do selects.append(duckdb__hashed_months(node.name, relation, months)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') or default__fact_months() }}
{%- endmacro %}

{# Rows are hashed whole, which Spark would spell otherwise. #}
{% macro duckdb__hashed_months(name, relation, months) -%}
    select
        '{{ name }}' as relation,
        coalesce({{ months | join(', ') }}, null) as month,
        count(*) as facts,
        sum(cast(digest as decimal(38, 0))) as digest
    from (
        select
            {{ months | join(', ') }},
            hash(facts) as digest
        from {{ relation }} as facts
    ) as hashed
    group by grouping sets (({{ months | join('), (') }}))
{%- endmacro %}

{#
    The month before which no count of facts is another one than the last whole build found, as a literal; of a subject, or of all.
#}
{% macro counts_from(subject=none) -%}
    {%- if not is_increment() -%}
        {{ return(beginning()) }}
    {%- endif -%}
    {%- set question = 'counts_from ' ~ (subject or '') -%}
    {%- if question not in answers() -%}
        {%- set names = [] -%}
        {%- for name in (graph.nodes['model.renkou.int_measures__' ~ subject].depends_on.nodes if subject else measured_relations()) -%}
            {%- do names.append(name.split('.')[-1]) -%}
        {%- endfor -%}
        {%- set found = run_query(
            "select cast(coalesce(min(first_month), date '9999-12-01') as string) as month from "
            ~ graph.nodes['model.renkou.int_touched__months'].relation_name
            ~ " where relation in ('', '" ~ names | join("', '") ~ "')"
        ) -%}
        {%- do answers().update({question: "date '" ~ found.rows[0]['month'] ~ "'"}) -%}
    {%- endif -%}
    {{ return(answers()[question]) }}
{%- endmacro %}

{#
    Condition: a row of counts (subject, month) is of a month of which a fact of its subject may be another one. What is made of more
    than facts (reported figures, and entities, of which there are few) is looked at whole.
#}
{% macro is_counted_anew(month) -%}
    {%- if is_increment() -%}
    {{ month }} >= case subject
            {% for view in graph.nodes['model.renkou.int_measures__long_form'].depends_on.nodes %}
            {%- set subject = view.split('int_measures__')[-1] -%}
            when '{{ subject }}' then {{ counts_from(subject) }}
            {% endfor %}
            else {{ beginning() }}
        end
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{# Hook of the bridge's counts by month, which increments keep. #}
{% macro delete_counted_anew(month) -%}
    {%- if is_increment() -%}
    delete from {{ this }} where {{ is_counted_anew(month) }}
    {%- endif -%}
{%- endmacro %}

{# Hook of int_inspections__last_visits: months before an inspection that changed could not know of it. #}
{% macro delete_last_visits() -%}
    {%- if is_increment() -%}
    delete from {{ this }} where period_end >= {{ counts_from('inspections') }}
    {%- endif -%}
{%- endmacro %}
