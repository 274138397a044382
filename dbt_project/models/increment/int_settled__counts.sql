-- depends_on: {{ ref('int_settled__areas') }}
-- depends_on: {{ ref('int_settled__availability') }}
-- depends_on: {{ ref('int_settled__frames') }}
-- depends_on: {{ ref('int_settled__snapshots') }}

with counts as (
    select * from {{ ref('int_counts') }}
)

select * from counts
