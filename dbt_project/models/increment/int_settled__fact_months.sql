-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}
-- depends_on: {{ ref('int_bridge__windows') }}

with fact_months as (
    select * from {{ ref('int_fact_months') }}
)

select * from fact_months
