with versions as (
    select * from {{ ref('stg_budgets') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

months as (
    select month from {{ ref('int_months') }}
),

latest as (
    select * from versions
    where valid_to_month is null
    qualify row_number() over (partition by area_code, figure_year order by valid_from_month desc) = 1
),

monthly as (
    select
        attribution.attributed_code as area_code,
        months.month,
        sum(latest.amount) / 12 as budget_amount
    from latest
    inner join attribution on latest.area_code = attribution.area_code
    inner join months on latest.figure_year = year(months.month)
    group by attribution.attributed_code, months.month
)

select * from monthly
