{# An area may have changed more than once; so many steps are followed. #}
{%- set steps = 6 -%}

with areas as (
    select * from {{ ref('int_areas') }}
),

ended as (
    select
        area_code,
        area_level,
        valid_to as ended_on,
        successor
    from areas
    where valid_to is not null and successor is not null
),

named as (
    select
        ended.area_code,
        split_part(ended.successor, ';', cast(numbers.n as int) + 1) as successor
    from ended
    inner join {{ numbers(1) }} as numbers
        on numbers.n <= length(ended.successor) - length(replace(ended.successor, ';', ''))
),

step_0 as (
    select
        area_code,
        successor as current_code
    from named
),

{# What is not named itself went where its township or else its county went. #}
{% for step in range(1, steps + 1) %}
step_{{ step }} as (
    select distinct
        previous.area_code,
        coalesce(own.successor, township.successor, county.successor, previous.current_code) as current_code
    from step_{{ step - 1 }} as previous
    left join named as own on previous.current_code = own.area_code
    left join named as township
        on own.area_code is null and {{ area_at('previous.current_code', 'township') }} = township.area_code
    left join named as county
        on
            own.area_code is null
            and township.area_code is null
            and {{ area_at('previous.current_code', 'county') }} = county.area_code
),
{% endfor %}

final as (
    select
        ended.area_code,
        ended.area_level,
        ended.ended_on,
        areas.area_code as current_code
    from step_{{ steps }} as followed
    inner join ended on followed.area_code = ended.area_code
    {# A chain that leads to no area in force leads nowhere. #}
    inner join areas on followed.current_code = areas.area_code and areas.valid_to is null
)

select * from final
