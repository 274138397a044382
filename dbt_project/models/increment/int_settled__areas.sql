-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}

with areas as (
    select * from {{ ref('int_areas') }}
)

select * from areas
