-- depends_on: {{ ref('int_bridge__windows') }}

with bridge as (
    select * from {{ ref('int_bridge__months') }}
)

select * from bridge
