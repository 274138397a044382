with counts as (
    {{ counts_and_entities(ref('int_measures__counted_anew')) }}
),

changed as (
    {{ differences('counts', ['area_code', 'month', 'clock', 'measure', 'part'], ['value'], carried=['value']) }}
)

select * from changed
