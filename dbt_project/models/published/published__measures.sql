{{ config(materialized='view') }}

with measures as (
    select * from {{ ref('area_measures') }}
    where area_level = 'city'
),

last_shown as (
    select * from {{ ref('stg_publication__measures') }}
),

held as (
    select
        measures.area_code,
        measures.area_level,
        measures.month,
        measures.clock,
        measures.measure,
        measures.stratum,
        {{ shown_again('measures.value', 'last_shown.value', 'last_shown.shown', 'true') }} as value,
        case when last_shown.value is null then last_shown.shown end as range_shown
    from measures
    left join last_shown
        on
            measures.area_code = last_shown.area_code
            and measures.month = last_shown.month
            and measures.clock = last_shown.clock
            and measures.measure = last_shown.measure
            and measures.stratum = last_shown.stratum
),

final as (
    select
        area_code,
        area_level,
        month,
        clock,
        measure,
        stratum,
        value,
        coalesce(cast(cast(round(value) as bigint) as string), range_shown) as shown,
        case when value is null then 'suppressed' else 'exact' end as protection
    from held
)

select * from final
