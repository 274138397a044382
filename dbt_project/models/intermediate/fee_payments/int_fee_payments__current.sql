with versions as (
    select * from {{ ref('stg_fee_payments') }}
),

linked as (
    select * from {{ ref('int_fee_cases__current') }}
),

keyed as (
    select
        *,
        min(valid_from_month) over (partition by delivery_area, payment_no) as reported_month
    from versions
    qualify
        row_number() over (
            partition by delivery_area, payment_no
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
        standing.payment_no,
        coalesce(linked.area_code, {{ area_of_delivery('standing.delivery_area') }}) as area_code,
        {{ area_of_delivery('standing.delivery_area') }} as county_code,
        standing.paid_date,
        {{ month_start('standing.paid_date') }} as event_month,
        standing.reported_month,
        standing.amount,
        standing.treasury_receipt
    from standing
    left join linked
        on
            standing.case_no = linked.case_no
            and {{ area_of_delivery('standing.delivery_area') }} = linked.county_code
)

select * from derived
