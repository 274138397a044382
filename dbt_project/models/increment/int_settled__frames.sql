-- depends_on: {{ ref('int_indicator_values') }}
-- depends_on: {{ ref('int_indicator_values__protected') }}
-- depends_on: {{ ref('area_measures') }}

with frames as (
    select * from {{ ref('int_indicator_frames') }}
)

select * from frames
