{#
    Tables that are too large to be computed at once: `sliced` fills one in slices of areas, so that memory follows the slice and
    not the city. A model says `where {{ in_slice('area_code') }}` wherever it reads something of an area.

    With the setting `touched` (a work list), an increment replaces the rows on that list and leaves the others; without
    it the table holds what this build computes and nothing else.
#}
{% materialization sliced, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if config.get('touched') and existing is not none and is_increment() -%}
        {%- do note_added(this, run_query(next_row(this))) -%}
        {%- call statement('main') -%}
            {{ delete_touched(config.get('touched')) }};
            insert into {{ target_relation }} by name {{ of_slice(compiled_code, none) }}
        {%- endcall -%}
    {%- else -%}
        {%- set building = make_intermediate_relation(target_relation) -%}
        {{ drop_relation_if_exists(load_cached_relation(building)) }}
        {#- Each statement is a transaction of its own: DuckDB 2.0.0 loses rows of a table that is made and filled in one. -#}
        {%- call statement('main', auto_begin=false) -%}
            create or replace table {{ building }} as select * from ({{ of_slice(compiled_code, none) }}) limit 0
        {%- endcall -%}
        {%- for slice in (slices() if not is_increment() else [none]) -%}
            {%- call statement('slice', auto_begin=false) -%}
                insert into {{ building }} {{ of_slice(compiled_code, slice) }}
            {%- endcall -%}
        {%- endfor -%}
        {%- if existing is not none -%}
            {{ drop_relation_if_exists(existing) }}
        {%- endif -%}
        {{ adapter.rename_relation(building, target_relation) }}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Whether an area lies in the slice that is computed; in a query outside of slices every area does. #}
{% macro in_slice(area_code) -%}
    {%- if model.resource_type == 'model' and model.config.materialized == 'sliced' and target.type == 'duckdb' -%}
    {{ area_code }} between '<first area>' and '<last area>'
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{% macro of_slice(sql, slice) -%}
    {{ sql.replace('<first area>', slice.first_area if slice else '').replace('<last area>', slice.last_area if slice else '~') }}
{%- endmacro %}

{# Ranges of area codes that cover every area; 150 areas of three years are some three million values. #}
{% macro slices(areas=150) -%}
    {%- set found = run_query(
        "select min(area_code) as first_area, max(area_code) as last_area from (select area_code, "
        ~ "cast(floor((row_number() over (order by area_code) - 1) / " ~ areas ~ ") as int) as slice from "
        ~ graph.nodes['model.renkou.int_areas'].relation_name ~ ") group by slice order by slice"
    ) -%}
    {%- set ranges = [] -%}
    {%- for row in found.rows -%}
        {%- do ranges.append({'first_area': row['first_area'], 'last_area': row['last_area']}) -%}
    {%- endfor -%}
    {{ return(ranges) }}
{%- endmacro %}
