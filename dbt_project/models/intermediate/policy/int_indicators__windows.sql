{{ config(materialized='view') }}

{# A month counts when the rule was in force on any day of it: measures are monthly; events end with their rule. #}
with live as (
    select * from {{ ref('int_indicators__live') }}
),

windows as (
    select distinct
        `window`,
        period_end,
        months_in_window,
        {{ add_months('opening_month', 1) }} as first_month,
        {{ month_start('period_end') }} as closing_month
    from {{ ref('int_window_months') }}
),

bounded as (
    select
        live.indicator,
        windows.`window`,
        windows.period_end,
        windows.months_in_window,
        case
            when live.valid_from > windows.first_month then {{ month_start('live.valid_from') }}
            else windows.first_month
        end as first_counted,
        case
            when live.valid_to <= windows.period_end then {{ month_start(add_days('live.valid_to', -1)) }}
            else windows.closing_month
        end as last_counted
    from live
    cross join windows
),

counted as (
    select
        *,
        greatest({{ months_between('first_counted', 'last_counted') }} + 1, 0) as months_counted
    from bounded
),

final as (
    select
        indicator,
        `window`,
        period_end,
        first_counted,
        last_counted,
        months_counted,
        months_counted between 1 and months_in_window - 1 as is_cut
    from counted
)

select * from final
