"""The revision triangle: what the publications of each state of knowledge said of the city's events of a month.

A table: its shading is the chart. A figure that was published is held until ten records changed, and so is the triangle.
"""

from orchestration.site.data import Facts
from orchestration.site.figures import month_of
from orchestration.site.marts import Row

# The last publication of each snapshot month, and of its figures those that it showed otherwise than the one before.
CELLS = """
with states as (
    select (left(vintage, 7) || '-01')::date as vintage_month, max(publication) as publication from publications group by all
),
shown as (
    select v.measure, v.month as event_month, s.vintage_month, v.shown,
        lag(v.shown) over (partition by v.measure, v.month order by s.vintage_month) as shown_before
    from measure_vintages as v
    inner join measure_catalogue as c on v.measure = c.measure
    inner join states as s on v.published_in <= s.publication and (v.replaced_in is null or v.replaced_in > s.publication)
    where v.area_level = 'city' and v.clock = 'event' and v.stratum = '' and c.kind = 'flow'
)
select measure, event_month, vintage_month, shown as value_shown from shown
where shown is distinct from shown_before
order by measure, event_month, vintage_month
"""


def triangles(facts: Facts) -> dict[str, Row]:
    """By measure: `events` and `vintages` (months, in order) and `cells` [event, vintage, shown], where a figure was first so."""
    found: dict[str, list[Row]] = {}
    for row in facts.marts.rows(CELLS):
        found.setdefault(row["measure"], []).append(row)
    return {measure: _triangle(rows) for measure, rows in found.items()}


def _triangle(rows: list[Row]) -> Row:
    last = max(row["vintage_month"] for row in rows)
    vintages = sorted({month_of(row["vintage_month"]) for row in rows} | {month_of(last)})
    events = sorted({month_of(row["event_month"]) for row in rows})
    at = {month: place for place, month in enumerate(vintages)}
    cells = [
        [events.index(month_of(row["event_month"])), at[month_of(row["vintage_month"])], row["value_shown"] or ""]
        for row in rows
    ]
    return {"events": events, "vintages": vintages, "cells": cells}
