{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_official_population__stock'), {
        'official_population': "sum(official_population)",
    }, clocks={'both': 'month'}) }}
)

select * from measures
