{# Versions are counted by the interval in which they stood, so that few rows meet the calendar. #}
with spells as (
    select
        area_code,
        scheme,
        valid_from_month,
        valid_to_month,
        count(*) as insured
    from {{ ref('stg_insurance') }}
    group by area_code, scheme, valid_from_month, valid_to_month
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

months as (
    select month from {{ ref('int_months') }}
),

stock as (
    select
        attribution.attributed_code as area_code,
        spells.scheme,
        months.month,
        sum(spells.insured) as insured
    from spells
    inner join attribution on spells.area_code = attribution.area_code
    inner join months
        on
            spells.valid_from_month <= months.month
            and (spells.valid_to_month is null or spells.valid_to_month > months.month)
    group by attribution.attributed_code, spells.scheme, months.month
)

select * from stock
