with standing as (
    {{ standing_rows(ref('stg_pregnancy_visits'), ['visit_no']) }}
),

linked as (
    select * from {{ ref('int_pregnancies__current') }}
),

derived as (
    select
        standing.visit_no,
        standing.pregnancy_no,
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
