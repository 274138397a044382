{#
    The city's counts as they are, those of a county protected; all held at what was shown last, and the estimates made anew from them by
    the macros of the mart.
#}
{%- set is_city = "exact.area_level = 'city'" %}

with exact as (
    select * from {{ ref('birth_estimates') }}
),

scope as (
    select * from {{ ref('int_publication_scope') }}
),

shown as (
    select * from {{ ref('stg_publication__birth_estimates') }}
),

protected as (
    select
        exact.area_code,
        exact.area_level,
        exact.`window`,
        exact.period_end,
        exact.list_pair,
        exact.status,
        exact.births_unadjusted as exact_births_unadjusted,
        case
            when scope.area_level is not null
                then {{ shown_again('exact.births_unadjusted', 'shown.births_unadjusted', 'shown.area_code', is_city) }}
        end as births_unadjusted,
        exact.births_listed as exact_births_listed,
        case
            when scope.area_level is not null
                then {{ shown_again('exact.births_listed', 'shown.births_listed', 'shown.area_code', is_city) }}
        end as births_listed,
        exact.births_in_both as exact_births_in_both,
        case
            when scope.area_level is not null
                then {{ shown_again('exact.births_in_both', 'shown.births_in_both', 'shown.area_code', is_city) }}
        end as births_in_both
    from exact
    left join scope
        on
            exact.area_level = scope.area_level
            and exact.`window` = scope.`window`
            and exact.period_end = scope.period_end
    left join shown
        on
            exact.area_code = shown.area_code
            and exact.`window` = shown.`window`
            and exact.period_end = shown.period_end
            and exact.list_pair = shown.list_pair
),

judged as (
    select
        area_code,
        area_level,
        `window`,
        period_end,
        list_pair,
        births_unadjusted,
        births_listed,
        births_in_both,
        case
            when status = 'no_delivery' then status
            when
                (exact_births_unadjusted is not null and births_unadjusted is null)
                or (exact_births_listed is not null and births_listed is null)
                or (exact_births_in_both is not null and births_in_both is null)
                then 'suppressed'
            when status = 'empty_denominator' then 'ok'
            else status
        end as availability
    from protected
),

estimated as (
    {{ estimated_births('judged') }}
),

rates as (
    {{ rates_of_births(ref('published__indicator_values')) }}
),

final as (
    {{ birth_estimates('estimated', 'rates') }}
)

select * from final
