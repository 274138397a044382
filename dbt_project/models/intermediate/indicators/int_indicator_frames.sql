with live as (
    select * from {{ ref('int_indicators__live') }}
),

{#
    A window that an abolition cuts needs the months that count only; `cut_for` names its indicator. What looks back over 24
    months is never cut.
#}
window_availability as (
    {% for model, cut_for, months_covered in [
        ('int_window_availability', "''", 'months_covered'), ('int_cut_windows__availability', 'indicator', '0')
    ] %}
    {{ 'union all' if not loop.first }}
    select
        {{ cut_for }} as cut_for,
        area_code,
        register,
        `window`,
        period_end,
        is_covered,
        is_closing_covered,
        is_closing_delivered,
        {{ months_covered }} as months_covered,
        is_provisional,
        is_closing_provisional
    from {{ ref(model) }}
    {% endfor %}
),

delivering as (
    select * from {{ ref('int_areas') }}
    where area_level in ('city', 'county')
),

availability as (
    select * from {{ ref('int_availability') }}
    where is_covered = 1
),

windows as (
    select
        *,
        case when is_cut then indicator else '' end as cut_for
    from {{ ref('int_indicators__windows') }}
),

clocks as (
    select 'event' as clock
    union all
    select 'report' as clock
),

parts as (
    {% for part in ['numerator', 'less', 'denominator'] %}
    {{ 'union' if not loop.first }}
    select
        indicator,
        {{ part }}_register as register,
        {{ part }}_kind as kind,
        {{ part }}_window_rule as window_rule
    from live
    where {{ part }}_register is not null
    {% endfor %}
),

needs as (
    select
        *,
        count(*) over (partition by indicator) as needed
    from parts
),

{#
    A flow needs every month of its window, and on the report clock the closing month's own delivery; a stock needs the
    closing month, and where it looks back over 24 months all of these.
#}
met_needs as (
    select
        needs.indicator,
        window_availability.area_code,
        window_availability.`window`,
        window_availability.period_end,
        clocks.clock,
        case when count(*) = max(needs.needed) then 1 else 0 end * min(
            case
                when needs.window_rule = 'last_of_24_months' and window_availability.months_covered < 24 then 0
                when needs.kind = 'stock' then window_availability.is_closing_covered
                when clocks.clock = 'report'
                    then window_availability.is_covered * window_availability.is_closing_delivered
                else window_availability.is_covered
            end
        ) as is_available,
        max(
            case
                when needs.kind = 'stock' then window_availability.is_closing_provisional
                else window_availability.is_provisional
            end
        ) as is_provisional
    from needs
    inner join windows on needs.indicator = windows.indicator
    inner join window_availability
        on
            needs.register = window_availability.register
            and windows.`window` = window_availability.`window`
            and windows.period_end = window_availability.period_end
            and windows.cut_for = window_availability.cut_for
    cross join clocks
    group by
        needs.indicator,
        window_availability.area_code,
        window_availability.`window`,
        window_availability.period_end,
        clocks.clock
),

{# A mean of both ends takes the closing stock alone where the opening one was not delivered. #}
opened as (
    select
        needs.indicator,
        availability.area_code,
        availability.month,
        count(*) as registers
    from needs
    inner join availability on needs.register = availability.register
    where needs.window_rule = 'mean_of_ends'
    group by needs.indicator, availability.area_code, availability.month
),

frames as (
    select
        delivering.area_code as delivering_code,
        live.indicator,
        windows.`window`,
        windows.period_end,
        clocks.clock,
        live.interval_method,
        live.is_of_villages,
        live.per * live.stratum_width
        * case when live.annualised then coalesce(12.0 / nullif(windows.months_counted, 0), 1) else 1 end
            as factor,
        case
            when windows.months_counted = 0 then 'not_applicable'
            when coalesce(met_needs.is_available, 0) = 0 then 'no_delivery'
            when met_needs.is_provisional = 1 then 'provisional'
            else 'ok'
        end as availability,
        coalesce(opened.registers, 0) as openings_known
    from delivering
    cross join windows
    inner join live on windows.indicator = live.indicator
    cross join clocks
    left join met_needs
        on
            delivering.area_code = met_needs.area_code
            and live.indicator = met_needs.indicator
            and windows.`window` = met_needs.`window`
            and windows.period_end = met_needs.period_end
            and clocks.clock = met_needs.clock
    left join opened
        on
            delivering.area_code = opened.area_code
            and live.indicator = opened.indicator
            and {{ add_months('windows.first_counted', -1) }} = opened.month
)

select * from frames
