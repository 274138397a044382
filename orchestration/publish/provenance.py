"""Where a published value comes from: publication, code, run, and the deliveries in force that it may rest on."""

import duckdb

from orchestration.periods import window_start_sql

# One row per value of indicator_vintages x register it needs x delivery; a register of which nothing had come has one row
# without a delivery. SQL that PostgreSQL reads, too.
PROVENANCE = f"""
create view provenance as
with needs as (
    select i.indicator, i.definition_zh, i.definition, r.register
    from indicators as i inner join registers as r
        on strpos('|areas|' || i.registers || '|', '|' || r.register || '|') > 0
),
landings as (
    select register, area_code, month, redelivery, sha256, landing,
        lead(landing) over (partition by register, area_code, month order by landing) as replaced_by
    from deliveries where landing is not null
),
cities as (
    select distinct area_code from dim_area_history where area_level = 'city'
),
reach as (
    select distinct h.area_code, d.area_code as delivery_area
    from dim_area_history as h
    inner join (select distinct area_code from deliveries) as d
        on h.area_level = 'city' or h.county_code = d.area_code or d.area_code in (select area_code from cities)
),
reached as (
    select r.area_code, l.area_code as delivery_area, l.register, l.month, l.redelivery, l.sha256, l.landing, l.replaced_by
    from reach as r inner join landings as l on r.delivery_area = l.area_code
),
shown as (
    select v.area_code, v.indicator, v."window", v.period_end, v.clock, v.value, v.published_in, v.replaced_in,
        p.published_at, p.vintage, p.code_version, p.run, p.last_landing,
        {window_start_sql("v.period_end", "s.length_months")} as window_start
    from indicator_vintages as v
    inner join publications as p on v.published_in = p.publication
    inner join windows as s on v."window" = s."window"
)
select s.area_code, s.indicator, s."window", s.period_end, s.clock, s.value, s.published_in, s.replaced_in,
    n.definition_zh, n.definition, s.published_at, s.vintage, s.code_version, s.run, n.register,
    d.delivery_area, d.month as delivery_month, d.redelivery, d.landing, d.sha256,
    case when d.month > s.period_end then 'after' when d.month >= s.window_start then 'within'
        when d.month is not null then 'before' end as part
from shown as s
inner join needs as n on s.indicator = n.indicator
left join reached as d
    on s.area_code = d.area_code and n.register = d.register
    and d.landing <= s.last_landing and (d.replaced_by is null or d.replaced_by > s.last_landing)
    and (s.clock = 'event' or d.month <= s.period_end)
"""


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the view in the database in use, beside the tables that it reads."""
    connection.execute(PROVENANCE)
