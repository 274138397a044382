with touched_values as (
    select * from {{ ref('int_touched__values') }}
    where clock = 'report' and {{ area_from('area_code', 'village') }} is null
),

areas as (
    select * from {{ ref('int_areas') }}
    where area_level in ('county', 'township')
),

{# The limits of an area stand around the value of the area above. #}
touched as (
    select
        area_code,
        indicator,
        `window`,
        period_end
    from touched_values
    union
    select
        areas.area_code,
        touched_values.indicator,
        touched_values.`window`,
        touched_values.period_end
    from touched_values
    inner join areas on touched_values.area_code = areas.parent_code
)

select * from touched
