{#
    Plain tables on DuckDB, replaced in one statement. dbt-duckdb's own way makes the table under another name, looks for indexes and
    foreign keys (there are none here) and renames twice: of a table of a few rows that was most of the time.
#}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do drop_unless_table(load_cached_relation(this)) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}{{ replaced_table(target_relation, compiled_code) }}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#
    Tables that increments keep: the hook takes rows out and the model's are added, in one statement as well. dbt-duckdb's own way writes
    them to a temporary table first.
#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do drop_unless_table(load_cached_relation(this)) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {%- if load_cached_relation(this) is none or should_full_refresh() -%}
        {{ replaced_table(target_relation, compiled_code) }}
        {%- else -%}
        insert into {{ target_relation }} {{ 'by name' if not config.get('contract').enforced }} {{ filled_from(compiled_code) }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# What was a view in an earlier version. #}
{% macro drop_unless_table(existing) -%}
    {%- if existing is not none and not existing.is_table -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
{%- endmacro %}

{# That a model keeps its contract is asked by whole builds: an increment is by the same models. #}
{% macro replaced_table(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
    {{ get_assert_columns_equivalent(sql) if not is_increment() }}
    create or replace table {{ relation }} {{ get_table_columns_and_constraints() }};
    insert into {{ relation }} {{ filled_from(sql) }}
    {%- else -%}
    create or replace table {{ relation }} as ({{ sql }})
    {%- endif -%}
{%- endmacro %}

{# What a table is filled from: the columns of its contract, when it has one. #}
{% macro filled_from(sql) -%}
    {%- if config.get('contract').enforced -%}
    {{ get_column_names() }} ({{ get_select_subquery(sql) }})
    {%- else -%}
    {{ sql }}
    {%- endif -%}
{%- endmacro %}
