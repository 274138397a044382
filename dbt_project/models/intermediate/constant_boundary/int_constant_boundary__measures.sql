{# Counts of the stored roll-up are moved between areas, so that the cost follows the areas that changed. #}
with parts as (
    select * from {{ ref('int_constant_boundary__areas') }}
),

monthly as (
    select * from {{ ref('int_measures__rolled_up') }}
),

moved as (
    select
        parts.area_code,
        parts.area_level,
        monthly.month,
        monthly.clock,
        monthly.measure,
        monthly.stratum,
        {{ added('parts.coefficient * monthly.value') }} as value
    from parts
    inner join monthly on parts.part_code = monthly.area_code
    group by
        parts.area_code, parts.area_level, monthly.month, monthly.clock, monthly.measure, monthly.stratum
)

select * from moved
