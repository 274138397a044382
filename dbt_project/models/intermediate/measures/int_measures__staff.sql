{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_staff__stock'), {
        'staff_posts': "sum(staff_posts)",
        'staff_paid': "sum(staff_paid)",
        'staff_established': "sum(staff_established)",
        'staff_medical_established': "sum(staff_medical_established)",
        'staff_medical': "sum(staff_medical)",
        'staff_medical_certified': "sum(staff_medical_certified)",
    }, clocks={'both': 'month'}) }}
)

select * from measures
