-- depends_on: {{ ref('int_touched__population') }}

{# In an increment: those that reach the months it counts anew. #}
with versions as (
    select * from {{ ref('stg_population') }}
    where {{ is_counted_anew("coalesce(valid_to_month, date '9999-12-01')", '>') }}
),

spells as (
    {{ population_spells('versions') }}
)

select * from spells
