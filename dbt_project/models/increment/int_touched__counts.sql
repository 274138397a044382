with counts as (
    select * from {{ ref('int_counts') }}
),

touched as (
    {{ differences(
        'counts', ['area_code', 'month', 'clock', 'measure', 'part'], ['value'],
        shown=['area_code', 'month', 'clock', 'measure']
    ) }}
)

select * from touched
