with frames as (
    select * from {{ ref('int_indicator_frames') }}
),

touched as (
    {{ differences(
        'frames', ['delivering_code', 'indicator', '`window`', 'period_end', 'clock'],
        ['factor', 'availability', 'openings_known']
    ) }}
)

select * from touched
