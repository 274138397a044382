with measures as (
    select * from {{ ref('measures_constant_boundary') }}
),

weights as (
    {{ weight_measures() }}
),

told_apart as (
    select
        measures.*,
        measures.area_level = 'city' as is_exact,
        weights.measure is not null as is_weight
    from measures
    left join weights on measures.measure = weights.measure
),

protected as (
    select
        area_code,
        area_level,
        month,
        clock,
        measure,
        stratum,
        {{ protect_count('value', 'is_exact', 'is_weight') }} as value,
        {{ shown_count('value', 'is_exact', 'is_weight') }} as shown,
        case when value is not null then {{ protection_kind('value', 'is_exact', 'is_weight') }} end as protection,
        status
    from told_apart
)

select * from protected
