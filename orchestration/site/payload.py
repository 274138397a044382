"""What the script of the page draws from: arrays in the order of areas and months, one letter per status."""

from collections.abc import Iterable
from typing import Any

from orchestration.site.data import Facts
from orchestration.site.figures import compact, count, digits_of, month_of, unit_of, year_before
from orchestration.site.labels import in_order, label, labels
from orchestration.site.marts import Row

WINDOWS = ("policy_year_to_date", "trailing_12_months", "month")
CLOCKS = ("report", "event")
LETTERS = {
    "ok": "o",
    "provisional": "p",
    "no_delivery": "n",
    "not_applicable": "a",
    "empty_denominator": "e",
    "suppressed": "s",
}
QUALITY_LETTERS = {"pass": "p", "warn": "w", "fail": "f", "n/a": "n"}
DELIVERY_LETTERS = {"landed": "l", "held": "h", "refused": "r", "missing": "m"}
ABSENT = "-"
WORDS = (
    *("clocks", "clock_notes", "statuses"),
    *("quality", "delivery", "dimensions", "severities"),
)

VALUES = """
select
    area_code, area_level, indicator, "window" as win, clock, value, low, high, status,
    numerator_shown as n, denominator_shown as d, strftime(period_end, '%Y-%m') as month
from indicator_values
where
    "window" in ('policy_year_to_date', 'trailing_12_months', 'month')
    and (
        area_level in ('city', 'county')
        or (area_level = 'township' and strftime(period_end, '%Y-%m') in (?, ?))
    )
order by vintage, area_code, indicator, win, clock, month
"""
TARGETS = """
select a.scheme, d.area_level, a.indicator, a.operator, a.target, a.target_upper
from assessments as a
inner join (select distinct area_code, area_level from dim_area) as d on a.area_code = d.area_code
qualify row_number() over (
    partition by d.area_level, a.indicator order by a.period_end desc, a.scheme, a.area_code
) = 1
order by d.area_level, a.indicator
"""
QUALITY = """
select r.*, coalesce(c.sentence_zh, r.check_id) as sentence_zh, coalesce(c.sentence_en, r.check_id) as sentence_en
from quality_results as r left join quality_checks as c on r.check_id = c.check_id
order by r.register, r.month, r.area_code, r.check_id
"""
CALENDAR = "select * from delivery_calendar order by register, area_code, month"
DELIVERIES = "select * from deliveries order by register, area_code, month, redelivery"


def _series(rows: Iterable[Row], months: list[str]) -> list[Any]:
    """One area's series: [values, lows, highs, numerators, denominators, status letters] by month."""
    columns: list[list[Any]] = [[None] * len(months) for _ in range(5)]
    status = [ABSENT] * len(months)
    for row in rows:
        at = months.index(row["month"])
        parts = (
            compact(row["value"]),
            compact(row["low"]),
            compact(row["high"]),
            count(row["n"]),
            count(row["d"]),
        )
        for column, part in zip(columns, parts, strict=True):
            column[at] = part
        status[at] = LETTERS.get(row["status"], ABSENT)
    return [*columns, "".join(status)]


def _grouped(rows: Iterable[Row]) -> dict[str, dict[str, list[Row]]]:
    """Rows by `indicator|window|clock`, then by area."""
    groups: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        by_area = groups.setdefault(f"{row['indicator']}|{row['win']}|{row['clock']}", {})
        by_area.setdefault(row["area_code"], []).append(row)
    return groups


def _townships(by_area: dict[str, list[Row]], codes: list[str], last: str) -> list[Any]:
    """Columns over townships at the last month, with last year's value:
    [v, low, high, n, d, status, prior].
    """
    now = [[row for row in by_area.get(code, []) if row["month"] == last] for code in codes]
    before = [[row for row in by_area.get(code, []) if row["month"] != last] for code in codes]
    each = [_series(rows, [last]) for rows in now]
    columns: list[Any] = [[area[index][0] for area in each] for index in range(5)]
    status = "".join(area[5] for area in each)
    return [*columns, status, [compact(rows[0]["value"]) if rows else None for rows in before]]


def _indicator_list(facts: Facts, live: set[str]) -> list[Row]:
    """Catalogue entries of the indicators that have values."""
    return [
        {
            "id": code,
            "zh": row["name_zh"],
            "en": row["name_en"],
            "unit": label("units", unit_of(row)),
            "digits": digits_of(row),
            "per": compact(row.get("per")),
            "definition": [row.get("definition_zh") or "", row.get("definition") or ""],
            "formula": [_formula(facts, row, side) for side in (0, 1)],
            "method": label("methods", row.get("interval_method") or "none"),
        }
        for code, row in facts.indicators.items()
        if code in live
    ]


def _formula(facts: Facts, row: Row, side: int) -> str:
    """`births - deaths / population × 1000` in the names of the measures; side 0 is Chinese, 1 English."""
    terms = [row.get("numerator"), row.get("numerator_less"), row.get("denominator")]
    above, less, below = (facts.named("measures", term)[side] if term else "" for term in terms)
    top = f"({above} − {less})" if less else above
    per = compact(row.get("per")) or 1
    return (f"{top} / {below}" if below else top) + ("" if per == 1 else f" × {per}")


def _area(row: Row) -> list[Any]:
    return [row["area_code"], row["name_zh"], row["name_en"], row["parent_code"]]


def explore(facts: Facts) -> Row:
    """Values for the trend (city and counties, every month) and the townships (last month)."""
    last = facts.marts.rows("select max(period_end) as last from indicator_values")[0]["last"]
    through = month_of(last) if last else ""
    before = year_before(through) if through else ""
    rows = facts.marts.rows(VALUES, [through, before])
    upper = [row for row in facts.areas.values() if row["area_level"] in ("city", "county")]
    lower = [row for row in facts.areas.values() if row["area_level"] == "township"]
    months = sorted({row["month"] for row in rows if row["area_level"] != "township"})
    trends = _grouped(row for row in rows if row["area_level"] != "township")
    towns = _grouped(row for row in rows if row["area_level"] == "township")
    return {
        "months": months,
        "through": through,
        "before": before,
        "indicators": _indicator_list(facts, {row["indicator"] for row in rows}),
        "areas": [_area(row) for row in upper],
        "townships": [_area(row) for row in lower],
        "trends": {
            key: [_series(by_area.get(area["area_code"], []), months) for area in upper]
            for key, by_area in trends.items()
        },
        "towns": {
            key: _townships(by_area, [area["area_code"] for area in lower], through)
            for key, by_area in towns.items()
        },
        "targets": {
            f"{row['area_level']}|{row['indicator']}": [
                row["operator"], compact(row["target"], 4), compact(row["target_upper"], 4), row["scheme"],
            ]
            for row in facts.marts.rows(TARGETS)
        },
    }  # fmt: skip


class _Index:
    """Numbers things in the order in which they are first met."""

    def __init__(self) -> None:
        self.items: dict[Any, int] = {}

    def __call__(self, item: Any) -> int:
        return self.items.setdefault(item, len(self.items))


def _checks(rows: list[Row]) -> tuple[list[list[Any]], dict[str, Any]]:
    """The checks [id, dimension, severity, threshold, Chinese and English sentence], and results by `register|month|area`."""
    index = _Index()
    cells: dict[str, Any] = {}
    for row in rows:
        threshold = compact(row["threshold"], 5)
        check = index(
            (row["check_id"], row["dimension"], row["severity"], threshold, row["sentence_zh"], row["sentence_en"])
        )
        status = QUALITY_LETTERS.get(row["status"], ABSENT)
        cell = cells.setdefault(f"{row['register']}|{month_of(row['month'])}|{row['area_code'][:6]}", [])
        cell.append([check, status, row["elements"], row["unexpected"], compact(row["observed"], 5)])
    return [list(check) for check in index.items], cells


def quality(facts: Facts) -> Row:
    """Results of the checks by register, month and area."""
    rows = facts.marts.rows(QUALITY)
    checks, cells = _checks(rows)
    return {
        "registers": in_order(facts.names("registers"), {row["register"] for row in rows}),
        "checks": checks,
        "cells": cells,
        "months": sorted({month_of(row["month"]) for row in rows}),
        "areas": sorted({row["area_code"][:6] for row in rows}),
    }


def delivery(facts: Facts) -> Row:
    """What was delivered: `register|month|area` -> [status letter, re-delivery], and the lines behind it."""
    rows = facts.marts.rows(CALENDAR)
    lines: dict[str, list[Any]] = {}
    for row in facts.marts.rows(DELIVERIES):
        key = f"{row['register']}|{month_of(row['month'])}|{row['area_code'][:6]}"
        names = (
            "redelivery",
            "status",
            "gate",
            "rows_in",
            "rows_landed",
            "rows_unchanged",
            "rows_quarantined",
        )
        lines.setdefault(key, []).append([*(row[name] for name in names), row["reason"] or ""])
    return {
        "registers": in_order(facts.names("registers"), {row["register"] for row in rows}),
        "months": sorted({month_of(row["month"]) for row in rows}),
        "areas": sorted({row["area_code"][:6] for row in rows}),
        "cells": {
            f"{row['register']}|{month_of(row['month'])}|{row['area_code'][:6]}": [
                DELIVERY_LETTERS.get(row["status"], ABSENT), row["redelivery"] or 0,
            ]
            for row in rows
        },
        "lines": lines,
    }  # fmt: skip


def page_data(facts: Facts) -> Row:
    """The whole data block: values, quality, deliveries, and the words the script needs."""
    names = labels()
    return {
        **explore(facts),
        "windows": WINDOWS,
        "clocks": CLOCKS,
        "names": {code: [row["name_zh"], row["name_en"]] for code, row in _short_codes(facts).items()},
        "quality": quality(facts),
        "delivery": delivery(facts),
        "labels": {group: {code: label(group, code) for code in names[group]} for group in WORDS}
        | {group: facts.names(group) for group in ("windows", "registers", "schemes")},
    }


def _short_codes(facts: Facts) -> dict[str, Row]:
    """City and counties by the 6-digit code under which they deliver."""
    return {code[:6]: row for code, row in facts.areas.items() if row["area_level"] in ("city", "county")}
