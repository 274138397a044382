{# Where an area changed or the calendar did, int_touched__registers says since when. #}
with fact_months as (
    select * from {{ ref('int_fact_months') }}
),

changed as (
    {{ differences('fact_months', ['relation', 'month'], ['facts', 'digest'], shown=['relation', 'month']) }}
),

anew as (
    select
        relation,
        month
    from changed
    union all
    select
        '' as relation,
        first_month as month
    from {{ ref('int_touched__registers') }}
),

touched as (
    select
        relation,
        min(month) as first_month
    from anew
    group by relation
)

select * from touched
