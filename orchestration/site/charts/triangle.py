"""The revision triangle: what each later month knew of the city's events of a month. A table: its shading is the chart."""

from orchestration.site.data import Facts
from orchestration.site.figures import month_of
from orchestration.site.marts import Row

# The city alone: below it, the difference of two roundings would tell of single events.
CELLS = """
select t.measure, t.event_month, t.vintage_month, t.replaced_month, t.value_shown
from measure_triangle as t
where t.area_level = 'city'
order by t.measure, t.event_month, t.vintage_month
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
