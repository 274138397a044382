{#
    What an area in force is made of, beyond the area codes that begin with its own: the counts of `part_code` are added to (1) or
    taken off (-1) those of `area_code`. A split area counts for the lowest area that holds all its parts.
#}
with successions as (
    select * from {{ ref('int_area_successions') }}
),

areas as (
    select area_code from {{ ref('int_areas') }}
    where valid_to is null
),

spread as (
    select
        area_code,
        {% for level in ['township', 'county'] %}
        min({{ area_at('current_code', level) }}) as first_{{ level }},
        max({{ area_at('current_code', level) }}) as last_{{ level }},
        {% endfor %}
        min(current_code) as current_code,
        count(*) as parts
    from successions
    group by area_code
),

moved as (
    select
        area_code,
        case
            when parts = 1 then current_code
            when first_township = last_township then first_township
            when first_county = last_county then first_county
            else {{ area_at('first_county', 'city') }}
        end as current_code
    from spread
),

{# The moved area around it, when its township or county moved as well. #}
nested as (
    select
        moved.area_code,
        moved.current_code,
        coalesce(township.area_code, county.area_code) as around,
        coalesce(township.current_code, county.current_code) as around_current
    from moved
    left join moved as township
        on {{ area_at('moved.area_code', 'township') }} = township.area_code and moved.area_code <> township.area_code
    left join moved as county
        on {{ area_at('moved.area_code', 'county') }} = county.area_code and moved.area_code <> county.area_code
),

flows as (
    select
        current_code as at_code,
        area_code as part_code,
        1 as coefficient
    from nested
    union all
    {# It did not go where the area around it went ... #}
    select
        around_current as at_code,
        area_code as part_code,
        -1 as coefficient
    from nested
    where around is not null
    union all
    {# ... and it is no longer where its code says. #}
    select
        area_code as at_code,
        area_code as part_code,
        -1 as coefficient
    from nested
    where around is null
),

levels as (
    {% for level in ['city', 'county', 'township', 'village'] %}
    {{ 'union' if not loop.first }}
    select
        at_code,
        {{ area_at('at_code', level) if level == 'city' else area_from('at_code', level) }} as area_code
    from flows
    {% endfor %}
),

summed as (
    select
        levels.area_code,
        flows.part_code,
        sum(flows.coefficient) as coefficient
    from flows
    inner join levels on flows.at_code = levels.at_code
    inner join areas on levels.area_code = areas.area_code
    group by levels.area_code, flows.part_code
),

final as (
    select * from summed
    where coefficient <> 0
)

select * from final
