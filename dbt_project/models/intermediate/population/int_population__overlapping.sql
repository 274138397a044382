-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_found_anew() }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

{#
    An increment looks at the identifiers that have a version since the last build. One that no longer overlaps may stay: month by
    month (int_population__spells) it counts as it does alone.
#}
{%- set since = changed_from(['population'], records=true) %}

with versions as (
    select * from {{ ref('stg_population') }}
    {% if since != beginning() %}
    where id_pseudonym in (select id_pseudonym from {{ ref('stg_population') }} where valid_from_month >= {{ since }})
    {% endif %}
),

overlapping as (
    {{ overlapping_identifiers('versions') }}
)

select * from overlapping
{% if is_increment() %}
where id_pseudonym not in (select id_pseudonym from {{ this }})
{% endif %}
