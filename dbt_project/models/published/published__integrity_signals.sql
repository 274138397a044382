{{ config(materialized='view') }}

with signals as (
    select * from {{ ref('integrity_signals') }}
),

protected as (
    select
        method,
        register,
        indicator,
        area_code,
        month,
        {{ protect_count('hits', 'false') }} as hits,
        {{ protect_count('cases', 'false') }} as cases,
        expected_share,
        status
    from signals
),

final as (
    select
        method,
        register,
        indicator,
        area_code,
        month,
        cast(hits as bigint) as hits,
        cast(cases as bigint) as cases,
        round(hits / nullif(cases, 0), 4) as share,
        round(expected_share, 4) as expected_share,
        status
    from protected
)

select * from final
