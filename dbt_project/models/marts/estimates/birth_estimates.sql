{#
    Estimates do not add up over areas, so the city is the sum of its counties' estimates: counties differ in how complete their
    registers are, and lists pooled over them would hide it. One county without an estimate leaves the city without one.
#}
with counties as (
    {{ estimated_births(ref('int_birth_lists__windows')) }}
),

city as (
    select
        {{ area_at('area_code', 'city') }} as area_code,
        'city' as area_level,
        `window`,
        period_end,
        list_pair,
        {% for column in [
            'births_unadjusted', 'births_listed', 'births_in_both', 'births_in_either', 'births_missed',
            'births_adjusted', 'births_adjusted_chapman', 'variance'
        ] %}
        {{ whole_sum(column) }} as {{ column }},
        {% endfor %}
        case
            when max(case when status = 'no_delivery' then 1 else 0 end) = 1 then 'no_delivery'
            when max(case when status = 'empty_denominator' then 1 else 0 end) = 1 then 'empty_denominator'
            when max(case when status = 'provisional' then 1 else 0 end) = 1 then 'provisional'
            else 'ok'
        end as status
    from counties
    group by {{ area_at('area_code', 'city') }}, `window`, period_end, list_pair
),

estimated as (
    select * from counties
    union all
    select * from city
),

rates as (
    {{ rates_of_births(ref('indicator_values')) }}
),

final as (
    {{ birth_estimates('estimated', 'rates') }}
)

select * from final
