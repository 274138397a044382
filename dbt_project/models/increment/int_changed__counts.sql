-- depends_on: {{ ref('int_touched__months') }}

with counted as (
    select * from {{ ref('int_measures__counted_anew') }}
    where {{ is_counted_anew('month') }}
),

counts as (
    {{ counts_and_entities('counted') }}
),

changed as (
    {{ differences(
        'counts', ['subject', 'area_code', 'month', 'clock', 'measure', 'part'], ['value'], carried=['value'],
        among=is_counted_anew('month')
    ) }}
)

select * from changed
