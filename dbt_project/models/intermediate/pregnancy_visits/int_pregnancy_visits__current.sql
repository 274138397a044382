with versions as (
    select * from {{ ref('stg_pregnancy_visits') }}
),

linked as (
    select * from {{ ref('int_pregnancies__current') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, visit_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, visit_no
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
        standing.visit_no,
        coalesce(linked.area_code, {{ area_of_delivery('standing.delivery_area') }}) as area_code,
        {{ area_of_delivery('standing.delivery_area') }} as county_code,
        standing.visit_date,
        {{ month_start('standing.visit_date') }} as event_month,
        standing.reported_month
    from standing
    left join linked
        on
            standing.pregnancy_no = linked.pregnancy_no
            and {{ area_of_delivery('standing.delivery_area') }} = linked.county_code
)

select * from derived
