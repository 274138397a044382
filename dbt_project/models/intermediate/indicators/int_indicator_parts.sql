with grid as (
    select * from {{ ref('int_indicator_grid') }}
),

live as (
    select * from {{ ref('int_indicators__live') }}
),

totals as (
    {% for model, cut_for in [('int_window_totals', "''"), ('int_cut_windows__totals', 'indicator')] %}
    {{ 'union all' if not loop.first }}
    select
        {{ cut_for }} as cut_for,
        area_code,
        `window`,
        period_end,
        clock,
        measure,
        stratum,
        value
    from {{ ref(model) }}
    {% endfor %}
),

strata as (
    select * from {{ ref('int_indicators__strata') }}
),

shaped as (
    select
        strata.indicator,
        strata.stratum,
        live.numerator,
        live.numerator_less,
        live.denominator,
        live.effective,
        live.is_count
    from strata
    inner join live on strata.indicator = live.indicator
),

parts as (
    select
        grid.area_code,
        grid.area_level,
        grid.indicator,
        grid.`window`,
        grid.period_end,
        grid.clock,
        grid.interval_method,
        grid.factor,
        grid.availability,
        shaped.stratum,
        shaped.is_count,
        case when grid.availability in ('ok', 'provisional') then coalesce(plus.value, 0) end as plus,
        case when grid.availability in ('ok', 'provisional') then coalesce(less.value, 0) end as less,
        case
            when shaped.is_count = 0 and grid.availability in ('ok', 'provisional') then coalesce(below.value, 0)
        end as denominator,
        case
            when shaped.effective is not null and grid.availability in ('ok', 'provisional')
                then {{ effective_size('below.value', 'squares.value') }}
        end as effective_size,
        0 as is_suppressed
    from grid
    inner join shaped on grid.indicator = shaped.indicator
    {% for alias, measure in [
        ('plus', 'numerator'), ('less', 'numerator_less'), ('below', 'denominator'), ('squares', 'effective')
    ] %}
    left join totals as {{ alias }}
        on
            grid.area_code = {{ alias }}.area_code
            and grid.`window` = {{ alias }}.`window`
            and grid.period_end = {{ alias }}.period_end
            and grid.cut_for = {{ alias }}.cut_for
            and grid.clock = {{ alias }}.clock
            and shaped.{{ measure }} = {{ alias }}.measure
            and shaped.stratum = {{ alias }}.stratum
    {% endfor %}
)

select * from parts
