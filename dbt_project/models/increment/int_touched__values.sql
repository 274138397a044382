with counts as (
    select * from {{ ref('int_touched__counts') }}
),

changed_frames as (
    select * from {{ ref('int_touched__frames') }}
),

changed_areas as (
    select * from {{ ref('int_touched__areas') }}
),

needs as (
    select * from {{ ref('int_indicators__needs') }}
),

frames as (
    select * from {{ ref('int_indicator_frames') }}
),

areas as (
    select * from {{ ref('int_areas') }}
),

touched as (
    {# Every window that needs a month whose count changed. #}
    select
        counts.area_code,
        needs.indicator,
        needs.`window`,
        needs.period_end,
        counts.clock
    from counts
    inner join needs
        on
            counts.measure = needs.measure
            and counts.month between needs.first_needed and needs.last_counted
    {% if is_increment() %}
    {# Windows that are new have new frames: they are wanted whatever they count. #}
    where needs.period_end <= {{ last_settled() }}
    {% endif %}
    union
    select
        areas.area_code,
        changed_frames.indicator,
        changed_frames.`window`,
        changed_frames.period_end,
        changed_frames.clock
    from changed_frames
    inner join areas on changed_frames.delivering_code = coalesce(areas.county_code, areas.area_code)
    union
    select
        changed_areas.area_code,
        frames.indicator,
        frames.`window`,
        frames.period_end,
        frames.clock
    from changed_areas
    cross join frames
)

select * from touched
