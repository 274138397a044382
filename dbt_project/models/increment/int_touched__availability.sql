with availability as (
    select * from {{ ref('int_availability') }}
),

touched as (
    {{ differences('availability', ['area_code', 'register', 'month'], ['is_covered', 'is_delivered']) }}
)

select * from touched
