with versions as (
    select * from {{ ref('stg_birth_certificates') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, certificate_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, certificate_no
            order by
                case when valid_to_month is null then 0 else 1 end,
                valid_from_month desc,
                delivery_area asc
        ) = 1
),

derived as (
    select
        keyed.certificate_no,
        attribution.attributed_code as area_code,
        {{ month_start('keyed.birth_date') }} as event_month,
        keyed.reported_month,
        keyed.sex
    from keyed
    inner join attribution on keyed.area_code = attribution.area_code
    where keyed.valid_to_month is null
)

select * from derived
