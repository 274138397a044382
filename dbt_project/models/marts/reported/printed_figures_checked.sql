{#
    Nothing of ours is needed to check these: a value against the numerator and denominator beside it, a printed difference against
    its two terms. Both terms and the difference are rounded, so three halves of a digit are rounding.
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
        {{ half_a_digit('printed.decimals') }} as rounding
    from printed
    left join indicators on printed.indicator = indicators.indicator
),

compared as (
    select
        *,
        case when denominator is null then ceil(per * numerator / (value + rounding)) end as denominator_from,
        case when denominator is null then floor(per * numerator / (value - rounding)) end as denominator_to,
        {{ comparison('value', 'own_value', 'rounding') }} as ratio_check,
        {{ comparison('difference', 'own_difference', '3 * rounding') }} as difference_check
    from expected
),

judged as (
    select
        *,
        case
            when 'differs' in (ratio_check, difference_check) then 'differs'
            when 'agrees_within_rounding' in (ratio_check, difference_check) then 'agrees_within_rounding'
            when 'agrees' in (ratio_check, difference_check) then 'agrees'
            else 'cannot_be_checked'
        end as verdict
    from compared
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
        ratio_check,
        denominator_from,
        denominator_to,
        difference,
        own_difference,
        difference_check,
        verdict,
        case
            when verdict <> 'cannot_be_checked' then ''
            when is_adjusted then 'adjusted'
            when value is null and denominator is not null then 'no_value'
            when difference is not null then 'no_second_term'
            when numerator is null then 'no_parts'
            when per is null then 'plain_count'
            when denominator_from > denominator_to then 'no_denominator_fits'
            else 'no_denominator'
        end as reason,
        note
    from judged
)

select * from final
