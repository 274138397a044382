{# Versions are counted by the interval in which they stood, so that few rows meet the calendar. #}
with spells as (
    select
        area_code,
        valid_from_month,
        valid_to_month,
        count(*) as institutions,
        count(*) filter (where level = 'county') as facilities_county,
        count(*) filter (where level = 'county' and standardised = 'yes') as facilities_county_standard,
        count(*) filter (where level = 'township') as facilities_township,
        count(*) filter (where level = 'township' and standardised = 'yes') as facilities_township_standard
    from {{ ref('stg_facilities') }}
    group by area_code, valid_from_month, valid_to_month
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
        months.month,
        sum(spells.institutions) as institutions,
        sum(spells.facilities_county) as facilities_county,
        sum(spells.facilities_county_standard) as facilities_county_standard,
        sum(spells.facilities_township) as facilities_township,
        sum(spells.facilities_township_standard) as facilities_township_standard
    from spells
    inner join attribution on spells.area_code = attribution.area_code
    inner join months
        on
            spells.valid_from_month <= months.month
            and (spells.valid_to_month is null or spells.valid_to_month > months.month)
    group by attribution.attributed_code, months.month
)

select * from stock
