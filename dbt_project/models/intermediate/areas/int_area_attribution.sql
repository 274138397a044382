with codes as (
    select area_code from {{ ref('stg_population') }}
    union
    select area_code from {{ ref('stg_births') }}
    union
    select area_code from {{ ref('stg_deaths') }}
    union
    select area_code from {{ ref('stg_birth_certificates') }}
    union
    select area_code from {{ ref('stg_official_population') }}
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
