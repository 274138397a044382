"""The data of the quality page's matrices: results of the checks and deliveries, by register, month and area."""

from typing import Any

from orchestration.site.data import Facts
from orchestration.site.figures import compact, month_of
from orchestration.site.labels import in_order
from orchestration.site.marts import Row

QUALITY_LETTERS = {"pass": "p", "warn": "w", "fail": "f", "n/a": "n"}
DELIVERY_LETTERS = {"landed": "l", "held": "h", "refused": "r", "missing": "m"}
ABSENT = "-"
QUALITY = """
select r.*, coalesce(c.sentence_zh, r.check_id) as sentence_zh, coalesce(c.sentence_en, r.check_id) as sentence_en
from quality_results as r left join quality_checks as c on r.check_id = c.check_id
order by r.register, r.month, r.area_code, r.check_id
"""
CALENDAR = "select * from delivery_calendar order by register, area_code, month"
DELIVERIES = "select * from deliveries order by register, area_code, month, redelivery"


class _Index:
    """Numbers things in the order in which they are first met."""

    def __init__(self) -> None:
        self.items: dict[Any, int] = {}

    def __call__(self, item: Any) -> int:
        return self.items.setdefault(item, len(self.items))


def _checks(rows: list[Row]) -> tuple[list[list[Any]], dict[str, str]]:
    """The checks [id, dimension, severity, threshold, Chinese and English sentence], and results by `register|month|area`.

    A result is `check:letter:elements:unexpected:observed`, a protected count is empty; the results of a cell are joined by `;`.
    """
    index = _Index()
    cells: dict[str, list[str]] = {}
    for row in rows:
        threshold = compact(row["threshold"], 5)
        check = index(
            (row["check_id"], row["dimension"], row["severity"], threshold, row["sentence_zh"], row["sentence_en"])
        )
        status = QUALITY_LETTERS.get(row["status"], ABSENT)
        counts = (row["elements"], row["unexpected"], compact(row["observed"], 4))
        parts = ["" if part is None else str(part) for part in counts]
        key = f"{row['register']}|{month_of(row['month'])}|{row['area_code'][:6]}"
        cells.setdefault(key, []).append(":".join([str(check), status, *parts]))
    return [list(check) for check in index.items], {key: ";".join(found) for key, found in cells.items()}


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
