-- depends_on: {{ ref('int_bridge__windows') }}

with windows as (
    select * from {{ ref('int_bridge__periods') }}
)

select * from windows
