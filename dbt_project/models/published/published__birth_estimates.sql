{#
    The city's counts as they are, those of a county protected; all held at what was shown last, and the estimates made anew from them by
    the macros of the mart.
#}
{%- set lists = ['births_unadjusted', 'births_listed', 'births_in_both'] %}
{%- set is_city = "exact.area_level = 'city'" %}

with exact as (
    select * from {{ ref('birth_estimates') }}
),

scope as (
    select * from {{ ref('int_publication_scope') }}
),

last_shown as (
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
        {% for list in lists %}
        exact.{{ list }} as exact_{{ list }},
        case
            when scope.area_level is null then null
            when {{ is_held('exact.' ~ list, 'last_shown.' ~ list, 'last_shown.area_code', is_city) }} then last_shown.{{ list }}
            else {{ protect_count('exact.' ~ list, is_city) }}
        end as {{ list }}{{ ',' if not loop.last }}
        {% endfor %}
    from exact
    left join scope
        on
            exact.area_level = scope.area_level
            and exact.`window` = scope.`window`
            and exact.period_end = scope.period_end
    left join last_shown
        on
            exact.area_code = last_shown.area_code
            and exact.`window` = last_shown.`window`
            and exact.period_end = last_shown.period_end
            and exact.list_pair = last_shown.list_pair
),

judged as (
    select
        area_code,
        area_level,
        `window`,
        period_end,
        list_pair,
        {% for list in lists %}
        {{ list }},
        {% endfor %}
        case
            when status = 'no_delivery' then status
            when
                {% for list in lists %}
                {{ 'or ' if not loop.first }}(exact_{{ list }} is not null and {{ list }} is null)
                {% endfor %}
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
