{{ config(materialized='view') }}

{# Which measure an indicator needs in which months of a window, the opening one of a mean included. #}
with live as (
    select * from {{ ref('int_indicators__live') }}
),

measures as (
    select * from {{ ref('measures') }}
),

windows as (
    select * from {{ ref('int_indicators__windows') }}
    where months_counted > 0
),

parts as (
    {% for part, column in [
        ('plus', 'numerator'), ('less', 'numerator_less'), ('denominator', 'denominator'), ('squares', 'effective')
    ] %}
    {{ 'union all' if not loop.first }}
    select
        indicator,
        '{{ part }}' as part,
        {{ column }} as measure
    from live
    where {{ column }} is not null
    {% endfor %}
),

needs as (
    select
        parts.indicator,
        parts.part,
        windows.`window`,
        windows.period_end,
        windows.first_counted,
        windows.last_counted,
        windows.months_counted,
        measures.measure,
        measures.register,
        measures.kind,
        measures.window_rule,
        case
            when measures.window_rule = 'mean_of_ends' then {{ add_months('windows.first_counted', -1) }}
            when measures.kind = 'stock' then windows.last_counted
            else windows.first_counted
        end as first_needed
    from parts
    inner join measures on parts.measure = measures.measure
    inner join windows on parts.indicator = windows.indicator
)

select * from needs
