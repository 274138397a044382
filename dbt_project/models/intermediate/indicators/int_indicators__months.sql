{# A mean of both ends meets two months of its window, another stock one, a flow all; entities are counted apart. #}
with needs as (
    select * from {{ ref('int_indicators__needs') }}
    where window_rule <> 'distinct'
),

months as (
    select month from {{ ref('int_months') }}
),

met as (
    select
        needs.indicator,
        needs.part,
        needs.`window`,
        needs.period_end,
        needs.measure,
        needs.register,
        case when needs.window_rule = 'mean_of_ends' then needs.first_needed end as opening_month,
        months.month
    from needs
    inner join months
        on
            months.month between needs.first_needed and needs.last_counted
            and (needs.window_rule <> 'mean_of_ends' or months.month in (needs.first_needed, needs.last_counted))
)

select * from met
