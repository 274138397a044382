{# Versions are counted by the interval in which they stood, so that few rows meet the calendar. #}
with spells as (
    select
        area_code,
        valid_from_month,
        valid_to_month,
        count_if(method <> 'none') as users_any,
        count_if(method in ('iud', 'implant', 'tubal_ligation', 'vasectomy')) as users_long_acting,
        count_if(method <> 'none' and informed_choice = 'yes') as users_informed_choice
    from {{ ref('stg_contraception_use') }}
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
        sum(spells.users_any) as users_any,
        sum(spells.users_long_acting) as users_long_acting,
        sum(spells.users_informed_choice) as users_informed_choice
    from spells
    inner join attribution on spells.area_code = attribution.area_code
    inner join months
        on
            spells.valid_from_month <= months.month
            and (spells.valid_to_month is null or spells.valid_to_month > months.month)
    group by attribution.attributed_code, months.month
)

select * from stock
