with measures as (
    select * from {{ ref('measures_constant_boundary') }}
),

protected as (
    select
        area_code,
        area_level,
        month,
        clock,
        measure,
        stratum,
        {{ protect_count('value', "area_level = 'city'") }} as value,
        {{ shown_count('value', "area_level = 'city'") }} as shown,
        case when value is not null then {{ protection_kind('value', "area_level = 'city'") }} end as protection,
        status
    from measures
)

select * from protected
