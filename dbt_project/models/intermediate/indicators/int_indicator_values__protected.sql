-- depends_on: {{ ref('int_touched__values') }}

{{ config(materialized=on_duckdb('sliced'), touched='int_touched__values') }}

with parts as (
    select * from {{ ref('int_indicator_parts') }}
    where {{ in_slice('area_code') }}
),

estimated as (
    {{ protected_values('parts', ref('stg_publication__values'), touched='int_touched__values') }}
)

select * from estimated
