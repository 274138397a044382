{# Versions are counted by the interval in which they stood, so that few rows meet the calendar. #}
with spells as (
    select
        area_code,
        valid_from_month,
        valid_to_month,
        count(*) as staff_posts,
        count(*) filter (where pay_paid >= pay_due) as staff_paid,
        count(*) filter (where on_establishment = 'yes') as staff_established,
        count(*) filter (where on_establishment = 'yes' and post_type = 'medical') as staff_medical_established,
        count(*) filter (where post_type = 'medical') as staff_medical,
        count(*) filter (where post_type = 'medical' and certified = 'yes') as staff_medical_certified
    from {{ ref('stg_staff') }}
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
        sum(spells.staff_posts) as staff_posts,
        sum(spells.staff_paid) as staff_paid,
        sum(spells.staff_established) as staff_established,
        sum(spells.staff_medical_established) as staff_medical_established,
        sum(spells.staff_medical) as staff_medical,
        sum(spells.staff_medical_certified) as staff_medical_certified
    from spells
    inner join attribution on spells.area_code = attribution.area_code
    inner join months
        on
            spells.valid_from_month <= months.month
            and (spells.valid_to_month is null or spells.valid_to_month > months.month)
    group by attribution.attributed_code, months.month
)

select * from stock
