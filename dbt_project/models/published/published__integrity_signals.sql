{{ config(materialized='view') }}

{#
    Rows are of eight cases or more. A row stands as it was shown last, verdict and all, while its hits and its cases are held. Where
    one of several counts speaks (targets of an indicator, measures of a register) a single record may give the word to another, so a
    row is held while any of them is held. A row that was not among those of its month is held like a withheld count.
#}
{%- set key = signal_keys() %}

with last_month as (
    {{ last_reported_month() }}
),

signals as (
    select * from {{ ref('integrity_signals') }}
),

observed as (
    select * from {{ ref('int_integrity__observed') }}
),

last_shown as (
    select * from {{ ref('stg_publication__signals') }}
    where month in (select last_month.month from last_month)
),

published_months as (
    select distinct month from last_shown
),

{# What was shown stays a row when nothing of it is left. #}
cells as (
    select {{ key | join(', ') }} from signals
    union
    select {{ key | join(', ') }} from last_shown
),

compared as (
    select
        {% for column in key %}
        cells.{{ column }},
        {% endfor %}
        case
            when
                {{ is_held('coalesce(observed.cases, 0)', 'last_shown.cases', 'published_months.month', 'false') }}
                and (
                    last_shown.method is null
                    or {{ is_held('coalesce(observed.hits, 0)', 'last_shown.hits', 'last_shown.method', 'false') }}
                )
                then 1
            else 0
        end as is_held
    from cells
    left join observed
        on
            {{ same_signal('cells', 'observed') }}
    left join last_shown
        on
            {{ same_signal('cells', 'last_shown') }}
    left join published_months on cells.month = published_months.month
),

kept as (
    select
        {{ key | join(', ') }},
        max(is_held) as is_held
    from compared
    group by {{ key | join(', ') }}
),

held as (
    select
        {% for column in key %}
        kept.{{ column }},
        {% endfor %}
        case
            when kept.is_held = 1 then last_shown.hits
            else {{ protect_count('signals.hits', 'false') }}
        end as hits,
        case
            when kept.is_held = 1 then last_shown.cases
            else {{ protect_count('signals.cases', 'false') }}
        end as cases,
        case
            when kept.is_held = 1 then last_shown.expected_share
            else round(signals.expected_share, 4)
        end as expected_share,
        case when kept.is_held = 1 then last_shown.status else signals.status end as status
    from kept
    left join signals
        on
            {{ same_signal('kept', 'signals') }}
    left join last_shown
        on
            {{ same_signal('kept', 'last_shown') }}
    where
        (kept.is_held = 1 and last_shown.method is not null)
        or (kept.is_held = 0 and signals.cases >= {{ var('min_denominator') }})
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
        expected_share,
        status
    from held
)

select * from final
