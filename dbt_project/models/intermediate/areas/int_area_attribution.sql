with codes as (
    {% for register in [
        'population', 'births', 'deaths', 'birth_certificates', 'official_population', 'procedures', 'supplies',
        'pregnancies', 'two_acts_cases', 'institution_inspections', 'floating_population', 'card_reads',
        'health_checks', 'benefits', 'surveys', 'spot_checks', 'inspections', 'vaccinations', 'household_entries',
        'marriages', 'reported_figures', 'fee_cases', 'contraception_use', 'staff', 'facilities', 'insurance',
        'budgets'
    ] %}
    {{ 'union' if not loop.first }}
    select area_code from {{ ref('stg_' ~ register) }}
    {% endfor %}
),

areas as (
    select * from {{ ref('int_areas') }}
),

attributed as (
    select
        codes.area_code,
        coalesce(exact.area_code, townships.area_code, {{ area_at('codes.area_code', 'county') }}) as attributed_code
    from codes
    left join areas as exact on codes.area_code = exact.area_code
    left join areas as townships on {{ area_at('codes.area_code', 'township') }} = townships.area_code
),

placed as (
    select
        area_code,
        attributed_code,
        {{ area_at('attributed_code', 'county') }} as county_code
    from attributed
)

select * from placed
