with areas as (
    select * from {{ ref('int_areas') }}
),

touched as (
    {{ differences('areas', ['area_code'], ['area_level', 'valid_from', 'valid_to']) }}
)

select * from touched
