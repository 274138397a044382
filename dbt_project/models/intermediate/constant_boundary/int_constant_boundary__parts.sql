with needs as (
    select * from {{ ref('int_indicators__needs') }}
),

availability as (
    select * from {{ ref('int_constant_boundary__availability') }}
),

openings as (
    select * from availability
    where is_covered = 1
),

breaks as (
    select * from {{ ref('int_area_breaks') }}
),

{# Entities are counted once in a window; before an area changed they are not counted at all (int_area_breaks). #}
totals as (
    {{ window_totals(ref('int_constant_boundary__measures'), 'openings', ref('int_entities__windows')) }}
),

touched as (
    select distinct
        area_code,
        area_level
    from {{ ref('int_constant_boundary__areas') }}
),

live as (
    select * from {{ ref('int_indicators__live') }}
),

{# What holds for an indicator and window wherever it is. #}
frames as (
    select distinct
        indicator,
        `window`,
        period_end,
        clock,
        interval_method,
        factor,
        availability = 'not_applicable' as is_abolished
    from {{ ref('int_indicator_frames') }}
),

clocks as (
    select distinct clock from frames
),

covered as (
    select
        touched.area_code,
        needs.indicator,
        needs.`window`,
        needs.period_end,
        needs.part,
        max(needs.kind) as kind,
        max(needs.months_counted) as months_counted,
        sum(case when availability.month >= needs.first_counted then availability.is_covered else 0 end)
            as months_covered,
        max(case when availability.month = needs.last_counted then availability.is_covered else 0 end)
            as is_closing_covered,
        max(case when availability.month = needs.last_counted then availability.is_delivered else 0 end)
            as is_closing_delivered,
        max(
            case
                when needs.kind = 'flow' or availability.month = needs.last_counted then availability.is_provisional
                else 0
            end
        ) as is_provisional
    from needs
    cross join touched
    left join availability
        on
            touched.area_code = availability.area_code
            and needs.register = availability.register
            and availability.month between needs.first_needed and needs.last_counted
    group by touched.area_code, needs.indicator, needs.`window`, needs.period_end, needs.part
),

broken as (
    select
        breaks.area_code,
        needs.indicator,
        needs.`window`,
        needs.period_end,
        max(
            case
                when needs.kind = 'flow' and needs.first_needed < breaks.exact_from then 1
                when needs.kind = 'stock' and last_day(needs.first_needed) < breaks.exact_from then 1
                else 0
            end
        ) as is_broken
    from needs
    inner join breaks on needs.measure = breaks.measure
    group by breaks.area_code, needs.indicator, needs.`window`, needs.period_end
),

met as (
    select
        covered.area_code,
        covered.indicator,
        covered.`window`,
        covered.period_end,
        clocks.clock,
        min(
            case
                when covered.kind = 'stock' then covered.is_closing_covered
                when covered.months_covered < covered.months_counted then 0
                when clocks.clock = 'report' then covered.is_closing_delivered
                else 1
            end
        ) as is_available,
        max(covered.is_provisional) as is_provisional
    from covered
    cross join clocks
    group by covered.area_code, covered.indicator, covered.`window`, covered.period_end, clocks.clock
),

framed as (
    select
        touched.area_code,
        touched.area_level,
        frames.indicator,
        frames.`window`,
        frames.period_end,
        frames.clock,
        frames.interval_method,
        frames.factor,
        live.is_count,
        live.effective,
        case
            when frames.is_abolished then 'not_applicable'
            when broken.is_broken = 1 then 'no_exact_backcast'
            when touched.area_level = 'village' and live.is_of_villages = 0 then 'no_delivery'
            when coalesce(met.is_available, 0) = 0 then 'no_delivery'
            when met.is_provisional = 1 then 'provisional'
            else 'ok'
        end as availability
    from touched
    cross join frames
    inner join live on frames.indicator = live.indicator
    left join met
        on
            touched.area_code = met.area_code
            and frames.indicator = met.indicator
            and frames.`window` = met.`window`
            and frames.period_end = met.period_end
            and frames.clock = met.clock
    left join broken
        on
            touched.area_code = broken.area_code
            and frames.indicator = broken.indicator
            and frames.`window` = broken.`window`
            and frames.period_end = broken.period_end
),

strata as (
    select * from {{ ref('int_indicators__strata') }}
),

final as (
    select
        framed.area_code,
        framed.area_level,
        framed.indicator,
        framed.`window`,
        framed.period_end,
        framed.clock,
        framed.interval_method,
        framed.factor,
        framed.availability,
        strata.stratum,
        framed.is_count,
        {{ known_parts('framed', 'totals') }}
    from framed
    inner join strata on framed.indicator = strata.indicator
    left join totals
        on
            framed.area_code = totals.area_code
            and framed.indicator = totals.indicator
            and framed.`window` = totals.`window`
            and framed.period_end = totals.period_end
            and framed.clock = totals.clock
            and strata.stratum = totals.stratum
)

select * from final
