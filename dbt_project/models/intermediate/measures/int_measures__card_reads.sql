{{ config(materialized='view') }}

with measures as (
    {{ measures_long(ref('int_card_reads__current'), {
        'card_contacts': "sum(service_contacts)",
        'card_valid_reads': "sum(valid_reads)",
    }) }}
)

select * from measures
