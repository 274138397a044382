with versions as (
    select * from {{ ref('stg_card_reads') }}
),

attribution as (
    select * from {{ ref('int_area_attribution') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, area_code, read_date) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, area_code, read_date
            order by
                case when valid_to_month is null then 0 else 1 end,
                valid_from_month desc
        ) = 1
),

standing as (
    select * from keyed
    where valid_to_month is null
),

derived as (
    select
        standing.area_code as delivered_area_code,
        standing.read_date,
        attribution.attributed_code as area_code,
        attribution.county_code,
        {{ month_start('standing.read_date') }} as event_month,
        standing.reported_month,
        standing.service_contacts,
        standing.valid_reads
    from standing
    inner join attribution on standing.area_code = attribution.area_code
)

select * from derived
