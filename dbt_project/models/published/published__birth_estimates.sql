{# The city is exact; below it the estimates are made anew from protected counts, by the macros of the mart. #}
with exact as (
    select * from {{ ref('birth_estimates') }}
),

protected as (
    select
        area_code,
        area_level,
        `window`,
        period_end,
        list_pair,
        {{ protect_count('births_unadjusted', 'false') }} as births_unadjusted,
        {{ protect_count('births_listed', 'false') }} as births_listed,
        {{ protect_count('births_in_both', 'false') }} as births_in_both,
        case
            when status = 'no_delivery' then status
            when
                {{ is_small('births_unadjusted') }}
                or {{ is_small('births_listed') }}
                or {{ is_small('births_in_both') }}
                then 'suppressed'
            when status = 'empty_denominator' then 'ok'
            else status
        end as availability
    from exact
    where area_level <> 'city'
),

estimated as (
    {{ estimated_births('protected') }}
),

rates as (
    {{ rates_of_births(ref('published__indicator_values')) }}
),

made_anew as (
    {{ birth_estimates('estimated', 'rates') }}
),

final as (
    select * from exact
    where area_level = 'city'
    union all
    select * from made_anew
)

select * from final
