-- depends_on: {{ ref('int_touched__registers') }}

{%- set hook = "{{ delete_touched_records('contraception_use', ['delivery_area', 'id_pseudonym']) }}" -%}
{{ config(materialized=on_duckdb('incremental'), incremental_strategy='append', pre_hook=hook) }}

{# A version that only says when the record was looked at again goes on with the spell before it. #}
with versions as (
    select
        *,
        lag(valid_to_month) over (
            partition by delivery_area, id_pseudonym, area_code, method, method_since, informed_choice
            order by valid_from_month
        ) as previous_to_month
    from ({{ touched_versions('contraception_use', ['delivery_area', 'id_pseudonym']) }}) as touched_versions
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

numbered as (
    select
        *,
        sum(case when previous_to_month = valid_from_month then 0 else 1 end) over (
            partition by delivery_area, id_pseudonym, area_code, method, method_since, informed_choice
            order by valid_from_month
        ) as spell_no
    from versions
),

spells as (
    select
        delivery_area,
        id_pseudonym,
        area_code,
        method,
        method_since,
        informed_choice,
        min(valid_from_month) as from_month,
        case when count(valid_to_month) = count(*) then max(valid_to_month) end as to_month
    from numbered
    group by delivery_area, id_pseudonym, area_code, method, method_since, informed_choice, spell_no
),

placed as (
    select
        spells.delivery_area,
        spells.id_pseudonym,
        attribution.attributed_code as area_code,
        attribution.county_code,
        spells.method,
        spells.method_since,
        spells.informed_choice,
        spells.from_month,
        spells.to_month
    from spells
    inner join attribution on spells.area_code = attribution.area_code
)

select * from placed
