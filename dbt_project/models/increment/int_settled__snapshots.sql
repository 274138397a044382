-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}

with snapshots as (
    select * from {{ ref('int_population__snapshots') }}
)

select * from snapshots
