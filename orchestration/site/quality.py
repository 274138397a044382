"""What the quality page shows: scores, reporting, why figures are provisional, statistical integrity, every check."""

from typing import Any

from orchestration.site.data import Facts
from orchestration.site.figures import month_of
from orchestration.site.labels import in_order, label, labels
from orchestration.site.marts import Row

MONTHS = 12
ORDER = ("fail", "warn", "pass", "n/a")
LAST = "select max(month) as month from quality_scores"
SCORES = """
select area_code, dimension, status, score, score_before, checks_warned + checks_failed as flagged
from quality_scores where month = ? order by area_code, dimension, register
"""
REPORTING = """
select area_code, month, deliveries_due, deliveries_landed, completeness, timeliness
from reporting_scores order by area_code, month
"""
# "accuracy 95.8 %, below 97: the figures of county X that rest on it, and these items of assessments, are provisional"
FLAGS = """
select p.area_code, p.register, p.check_id, p.dimension, p.observed, p.threshold, c.sentence_zh, c.sentence_en,
    list(distinct p.indicator order by p.indicator) as indicators,
    coalesce(list_sort(list(distinct [t.scheme, t.indicator]) filter (where t.scheme is not null)), []) as items
from provisional_reasons as p left join quality_checks as c on p.check_id = c.check_id
left join targets as t on p.indicator = t.indicator
    and p.month >= date_trunc('month', t.valid_from) and (t.valid_to is null or p.month < t.valid_to)
where p.month = ? group by all order by p.area_code, p.register, p.check_id
"""
SIGNALS = """
select s.*, m.name_zh, m.name_en, m.sentence_zh, m.sentence_en
from integrity_signals as s inner join integrity_methods as m on s.method = m.method
where s.status = 'signal' order by s.area_code, s.method, s.register, s.indicator
"""
METHODS = """
select m.*, count(s.method) filter (where s.status <> 'n/a') as judged,
    count(s.method) filter (where s.status = 'signal') as signals
from integrity_methods as m left join integrity_signals as s on m.method = s.method
group by all order by m.method
"""
# What has a deadline, of the last month with one: register by area.
DUE = """
select * from delivery_calendar
where due_on is not null and month = (select max(month) from delivery_calendar where due_on is not null)
order by register, area_code
"""
CHECKS = "select * from quality_checks order by register, dimension, check_id"


def quality_page(facts: Facts) -> Row:
    """Everything on the quality page; `month` is None, and lists are empty, where nothing was scored."""
    month = facts.marts.rows(LAST)[0]["month"]
    return {
        "month": month_of(month) if month else None,
        "dimensions": [label("dimensions", code) for code in labels()["dimensions"]],
        "scores": _scores(facts, month),
        **_reporting(facts),
        "flags": [_placed(facts, row) for row in facts.marts.rows(FLAGS, [month])],
        "signals": [_placed(facts, row) for row in facts.marts.rows(SIGNALS)],
        "methods": facts.marts.rows(METHODS),
        "registers": _checks(facts),
        "due": [_due(facts, row) for row in facts.marts.rows(DUE)],
    }


def _scores(facts: Facts, month: Any) -> list[Row]:
    """One line per area: per dimension the worst status, the lowest score of a register, and its change."""
    by_area: dict[str, dict[str, list[Row]]] = {}
    for row in facts.marts.rows(SCORES, [month]):
        by_area.setdefault(row["area_code"], {}).setdefault(row["dimension"], []).append(row)
    return [
        {"area": facts.area(code), "cells": [_cell(found.get(dimension, [])) for dimension in labels()["dimensions"]]}
        for code, found in by_area.items()
    ]


def _cell(rows: list[Row]) -> Row | None:
    """The state of a dimension over the registers of an area; None when no check of it exists."""
    if not rows:
        return None
    status = min((row["status"] for row in rows), key=ORDER.index)
    scored = [row for row in rows if row["score"] is not None]
    lowest = min(scored, key=lambda row: row["score"]) if scored else None
    before = lowest["score_before"] if lowest else None
    return {
        "status": status,
        "name": label("quality", status),
        "score": lowest["score"] if lowest else None,
        "change": lowest["score"] - before if lowest and before is not None else None,
        "flagged": sum(row["flagged"] for row in rows),
    }


def _reporting(facts: Facts) -> Row:
    """Completeness and timeliness of reporting by area over the last months."""
    rows = facts.marts.rows(REPORTING)
    months = sorted({row["month"] for row in rows})[-MONTHS:]
    by_place = {(row["area_code"], row["month"]): row for row in rows}
    areas = sorted({row["area_code"] for row in rows})
    return {
        "months": [month_of(month) for month in months],
        "reporting": [
            {"area": facts.area(area), "cells": [by_place.get((area, month)) for month in months]} for area in areas
        ],
    }


def _placed(facts: Facts, row: Row) -> Row:
    """A row with the names of its area, register, dimension, indicators and items of assessments (by scheme)."""
    indicators = row["indicators"] if "indicators" in row else [row["indicator"]] if row["indicator"] else []
    items: dict[str, list[tuple[str, str]]] = {}
    for scheme, indicator in row.get("items", []):
        items.setdefault(scheme, []).append(_indicator(facts, indicator))
    return {
        **row,
        "area": facts.area(row["area_code"]),
        "register_name": facts.named("registers", row["register"]),
        "dimension_name": label("dimensions", row.get("dimension") or "consistency"),
        "indicator_names": [_indicator(facts, indicator) for indicator in indicators],
        "item_names": [(facts.named("schemes", scheme), names) for scheme, names in items.items()],
        "item_count": len(row.get("items", [])),
    }


def _due(facts: Facts, row: Row) -> Row:
    """A delivery with a deadline, in words."""
    return {
        **row,
        "area": facts.area(row["area_code"]),
        "register_name": facts.named("registers", row["register"]),
        "month_text": month_of(row["month"]),
        "status_name": label("delivery", row["status"]),
        "timeliness_name": label("timeliness", row["timeliness"] or ""),
    }


def _indicator(facts: Facts, code: str) -> tuple[str, str]:
    found = facts.indicator(code)
    return found["name_zh"], found["name_en"]


def _checks(facts: Facts) -> list[Row]:
    """Every check with its reason, by register in the order of the catalogue."""
    by_register: dict[str, list[Row]] = {}
    for row in facts.marts.rows(CHECKS):
        names = {
            "dimension_name": label("dimensions", row["dimension"]),
            "severity_name": label("severities", row["severity"]),
        }
        by_register.setdefault(row["register"], []).append({**row, **names})
    order = in_order(facts.names("registers"), set(by_register))
    return [{"name": facts.named("registers", register), "checks": by_register[register]} for register in order]
