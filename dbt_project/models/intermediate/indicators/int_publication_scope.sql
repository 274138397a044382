with scope as (
    select * from {{ ref('publication_scope') }}
),

windows as (
    select * from {{ ref('windows') }}
),

months as (
    select * from {{ ref('int_months') }}
),

published as (
    select
        scope.area_level,
        windows.`window`,
        months.month_end as period_end
    from scope
    cross join windows
    cross join months
    where
        coalesce(windows.length_months, months.policy_year_month_no) >= scope.shortest_months
        and concat('|', scope.ends_in, '|') like concat('%|', cast(month(months.month) as string), '|%')
)

select * from published
