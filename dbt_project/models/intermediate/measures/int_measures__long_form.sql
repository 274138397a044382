{{ config(materialized='view') }}

{# Every measure but those of reported figures, which are compared with what stands here. #}
with long_form as (
    {% for domain in [
        'births', 'deaths', 'events', 'birth_lists', 'birth_certificates', 'population', 'official_population', 'procedures', 'supplies',
        'pregnancies', 'two_acts_cases', 'institution_inspections', 'floating_population', 'card_reads',
        'health_checks', 'benefits', 'surveys', 'spot_checks', 'inspections', 'vaccinations', 'household_entries',
        'marriages', 'fee_cases', 'fee_payments', 'pregnancy_visits', 'contraception_use',
        'staff', 'facilities', 'insurance', 'budgets'
    ] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ domain }}' as subject,
        area_code,
        month,
        clock,
        reported_month,
        measure,
        stratum,
        value
    from {{ ref('int_measures__' ~ domain) }}
    {% endfor %}
)

select * from long_form
