{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_contraception_use__stock'), {
        'users_any': "sum(users_any)",
        'users_long_acting': "sum(users_long_acting)",
        'users_informed_choice': "sum(users_informed_choice)",
    }, clocks={'both': 'month'}) }}
)

select * from measures
