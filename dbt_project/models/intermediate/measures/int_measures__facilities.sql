{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_facilities__stock'), {
        'institutions': "sum(institutions)",
        'facilities_county': "sum(facilities_county)",
        'facilities_county_standard': "sum(facilities_county_standard)",
        'facilities_township': "sum(facilities_township)",
        'facilities_township_standard': "sum(facilities_township_standard)",
    }, clocks={'both': 'month'}) }}
)

select * from measures
