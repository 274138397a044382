with standing as (
    {{ standing_rows(ref('stg_fee_payments'), ['payment_no']) }}
),

linked as (
    select * from {{ ref('int_fee_cases__current') }}
),

derived as (
    select
        standing.payment_no,
        coalesce(linked.area_code, {{ area_of_delivery('standing.delivery_area') }}) as area_code,
        {{ area_of_delivery('standing.delivery_area') }} as county_code,
        standing.paid_date,
        {{ month_start('standing.paid_date') }} as event_month,
        standing.reported_month,
        standing.amount,
        standing.treasury_receipt,
        standing.case_no
    from standing
    left join linked
        on
            standing.case_no = linked.case_no
            and {{ area_of_delivery('standing.delivery_area') }} = linked.county_code
)

select * from derived
