{{ config(materialized='view') }}

with plain as (
    {{ measures_long(ref('int_population__stock'), {
        'population': "sum(population)",
        'women_15_49': "sum(women)",
        'married_women_15_49': "sum(married_women)",
        'register_rows': "sum(register_rows)",
        'register_duplicates': "sum(register_duplicates)",
        'register_persons': "sum(register_persons)",
    }, clocks={'both': 'month'}) }}
),

by_age as (
    {{ measures_long(ref('int_population__stock'), {
        'women_by_age': "sum(women)",
    }, clocks={'both': 'month'}, stratum='age_group') }}
),

measures as (
    select * from plain
    union all
    select * from by_age
    where stratum <> ''
)

select * from measures
