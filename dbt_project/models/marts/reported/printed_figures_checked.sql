{#
    Nothing of ours is needed to check these: a value against the numerator and denominator beside it (or against every denominator
    that there could be), a printed difference against its two terms, a part and its percentage against the total that it is of. Both terms
    and the difference are rounded, so three halves of a digit are rounding.
#}
with printed as (
    select * from {{ ref('printed_figures') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

expected as (
    select
        printed.*,
        indicators.per,
        {{ own_value('indicators.per', 'printed.numerator', 'printed.denominator') }} as own_value,
        {{ stable('abs(printed.value - printed.compared_value)') }} as own_difference,
        {{ own_value('100', 'printed.part', 'printed.numerator') }} as own_percent,
        {{ half_a_digit('printed.decimals') }} as rounding
    from printed
    left join indicators on printed.indicator = indicators.indicator
),

compared as (
    select
        *,
        case when denominator is null then ceil(per * numerator / nullif(value + rounding, 0)) end as denominator_from,
        case when denominator is null then floor(per * numerator / nullif(value - rounding, 0)) end as denominator_to,
        {{ comparison('value', 'own_value', 'rounding') }} as ratio_check,
        {{ comparison('difference', 'own_difference', '3 * rounding') }} as difference_check,
        {{ comparison('part_percent', 'own_percent', half_a_digit('1')) }} as percent_check
    from expected
),

{# A value that no whole denominator gives, and a part above its total, are wrong whatever was not printed. #}
checked as (
    select
        *,
        case when denominator_from > denominator_to then 'differs' else ratio_check end as value_check,
        case when part > numerator then 'differs' else percent_check end as part_check
    from compared
),

judged as (
    select
        *,
        case
            when 'differs' in (value_check, difference_check, part_check) then 'differs'
            when 'agrees_within_rounding' in (value_check, difference_check, part_check) then 'agrees_within_rounding'
            when 'agrees' in (value_check, difference_check, part_check) then 'agrees'
            else 'cannot_be_checked'
        end as verdict
    from checked
),

final as (
    select
        figure,
        place,
        period,
        indicator,
        source,
        value,
        own_value,
        value_check as ratio_check,
        denominator_from,
        denominator_to,
        difference,
        own_difference,
        difference_check,
        part_check,
        verdict,
        case
            when denominator_from > denominator_to then 'no_denominator_fits'
            when part > numerator then 'part_above_total'
            when verdict <> 'cannot_be_checked' then ''
            when is_adjusted then 'adjusted'
            when value is null and denominator is not null then 'no_value'
            when difference is not null then 'no_second_term'
            when numerator is null then 'no_parts'
            when per is null then 'plain_count'
            else 'no_denominator'
        end as reason,
        note
    from judged
)

select * from final
