{# A confinement may have brought several children: the n-th is on every list that knows n. #}
with confinements as (
    select * from {{ ref('int_birth_lists__linked') }}
),

children as (
    select
        confinements.area_code,
        confinements.event_month as birth_month,
        confinements.registered > numbers.n as is_in_births,
        confinements.certified > numbers.n as is_in_certificates,
        confinements.vaccinated > numbers.n as is_in_vaccinations,
        confinements.entered > numbers.n as is_in_household_entries
    from confinements
    inner join {{ numbers(1) }} as numbers
        on numbers.n < greatest(confinements.registered, confinements.evidenced)
),

counted as (
    select
        area_code,
        {{ area_at('area_code', 'county') }} as county_code,
        birth_month,
        is_in_births,
        is_in_certificates,
        is_in_vaccinations,
        is_in_household_entries,
        cast(is_in_births as int) + cast(is_in_certificates as int)
        + cast(is_in_vaccinations as int) + cast(is_in_household_entries as int) as registers,
        count(*) as births
    from children
    group by
        area_code, birth_month, is_in_births, is_in_certificates, is_in_vaccinations, is_in_household_entries
)

select * from counted
