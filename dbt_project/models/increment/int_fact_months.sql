-- depends_on: {{ ref('int_measures__long_form') }}

with hashed as (
    {{ fact_months() }}
),

{# A relation has several columns of months, and a month may stand in each. #}
fact_months as (
    select
        relation,
        month,
        sum(facts) as facts,
        sum(digest) as digest
    from hashed
    where month is not null
    group by relation, month
)

select * from fact_months
