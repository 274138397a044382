{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_marriages__current'), {
        'marriages': "count_if(event_type = 'marriage')",
        'divorces': "count_if(event_type = 'divorce')",
    }) }}
)

select * from measures
