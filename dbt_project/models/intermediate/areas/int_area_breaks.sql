{#
    Before a break an area's counts cannot be made of what was reported: an area was split and this one is a part of it; or the measure
    is only known for areas larger than the one that moved; or it counts entities once, and entities of two codes may be one.
#}
with successions as (
    select * from {{ ref('int_area_successions') }}
),

boundaries as (
    select * from {{ ref('int_area_boundaries') }}
),

areas as (
    select * from {{ ref('int_areas') }}
    where valid_to is null
),

measures as (
    select * from {{ ref('measures') }}
),

{# Where the parts of an ended area are now; for measures of a coarser grain also where the area is that held it. #}
wheres as (
    select
        area_code,
        ended_on,
        'village' as grain,
        current_code
    from successions
    {% for grain, finer in [('township', "'village'"), ('county', "'village', 'township'")] %}
    union
    select
        area_code,
        ended_on,
        '{{ grain }}' as grain,
        current_code
    from successions
    where area_level in ({{ finer }})
    union
    select
        successions.area_code,
        successions.ended_on,
        '{{ grain }}' as grain,
        coalesce(coarser.current_code, {{ area_at('successions.area_code', grain) }}) as current_code
    from successions
    left join successions as coarser on {{ area_at('successions.area_code', grain) }} = coarser.area_code
    where successions.area_level in ({{ finer }})
    {% endfor %}
),

placed as (
    {% for level in ['city', 'county', 'township', 'village'] %}
    {{ 'union' if not loop.first }}
    select
        area_code as ended_code,
        ended_on,
        grain,
        '{{ level }}' as level,
        {{ area_at('current_code', level) if level == 'city' else area_from('current_code', level) }} as area_code
    from wheres
    {% endfor %}
),

scattered as (
    select
        ended_code,
        grain,
        level
    from placed
    group by ended_code, grain, level
    having count(distinct area_code) > 1
),

broken as (
    select
        placed.area_code,
        measures.measure,
        placed.ended_on
    from placed
    inner join scattered
        on
            placed.ended_code = scattered.ended_code
            and placed.grain = scattered.grain
            and placed.level = scattered.level
    inner join measures on placed.grain = 'village' or placed.grain = measures.finest_level
    union all
    select
        boundaries.area_code,
        measures.measure,
        successions.ended_on
    from boundaries
    inner join successions on boundaries.part_code = successions.area_code
    inner join measures on measures.window_rule = 'distinct'
),

final as (
    select
        broken.area_code,
        broken.measure,
        max(broken.ended_on) as exact_from
    from broken
    inner join areas on broken.area_code = areas.area_code
    group by broken.area_code, broken.measure
)

select * from final
