with standing as (
    {{ standing_rows(
        ref('stg_reported_figures'), ['area_code', 'period_from', 'period_to', 'indicator', 'reported_in']
    ) }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

derived as (
    select
        concat_ws(
            '|', standing.area_code, cast(standing.period_from as string), cast(standing.period_to as string),
            standing.indicator, standing.reported_in
        ) as figure,
        standing.area_code as delivered_area_code,
        standing.period_from,
        standing.period_to,
        standing.indicator,
        standing.reported_in,
        standing.numerator,
        standing.denominator,
        standing.reported_value,
        attribution.attributed_code as area_code,
        attribution.county_code,
        {{ month_start('standing.period_to') }} as event_month,
        standing.reported_month
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
