"""The reports for print (reports.yml): a period, what was due at its end, what changed, the quality of its data, revisions.

Public and office editions are the same templates over other figures: the marts say which.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.periods import month_end
from orchestration.site.base import indicator as entry_of
from orchestration.site.data import Facts, scheme_tallies, schemes
from orchestration.site.figures import digits_of, interval_text, month_of, shown, year_before
from orchestration.site.history import revised_row
from orchestration.site.labels import label, labels
from orchestration.site.marts import Row
from orchestration.site.page import Page

KINDS = Path(__file__).with_name("reports.yml")
MONTHLY = "monthly"
ACROSS = 5  # counties side by side on A4 upright
LISTED = 6  # of revisions and of flags, the most; the pages have them all
LISTED_LONG = 12
LAST = """
select max(period_end) as period_end from assessments
where list_contains($due_in, month(period_end)) and coalesce(reason, '') <> 'not_due'
    and area_code in (select area_code from dim_area where area_level in ('city', 'county'))
"""
# What stands beside the items: the same window now and a year before, of city and counties.
BESIDE = """
select area_code, indicator, "window" as win, strftime(period_end, '%Y-%m') as month, value, low, high,
    numerator_shown as n, denominator_shown as d
from indicator_values
where clock = 'report' and area_level in ('city', 'county') and period_end in ($period, last_day($period - interval 1 year))
order by vintage, area_code, indicator, win, month
"""
FIGURES = """
select indicator, value, low, high, status, numerator_shown as n, denominator_shown as d from indicator_values
where clock = 'report' and area_level = 'city' and "window" = $win and period_end = $period
"""
CHANGED = """
select a.scheme, a.area_code, a.indicator, b.period_end as earlier, b.verdict as was, a.verdict as now
from assessments as a
inner join assessments as b on a.scheme = b.scheme and a.area_code = b.area_code and a.indicator = b.indicator
    and b.period_end = $earlier and b.verdict <> 'not_assessed'
where a.period_end = $period and a.verdict <> 'not_assessed'
    and a.area_code in (select area_code from dim_area where area_level in ('city', 'county'))
order by a.scheme, a.area_code, a.indicator
"""
REPORTED = """
select coalesce(sum(deliveries_due), 0)::int as due, coalesce(sum(deliveries_landed), 0)::int as landed,
    coalesce(sum(deliveries_judged), 0)::int as judged, coalesce(sum(deliveries_in_time), 0)::int as in_time
from reporting_scores where month between $first and $period
"""
FLAGGED = """
select p.area_code, p.register, p.check_id, c.sentence_zh, c.sentence_en, count(distinct p.month) as months,
    count(distinct p.indicator) as indicators
from provisional_reasons as p left join quality_checks as c on p.check_id = c.check_id
where p.month between $first and $period
group by all order by indicators desc, months desc, p.area_code, p.register, p.check_id
"""
CELL = 'area_code, indicator, "window", period_end, clock'
COUNTED = f"""
select count(*) as figures, count(*) filter (versions > 1) as revised
from (
    select count(*) as versions from indicator_vintages
    where area_level in ('city', 'county') and period_end between $first and $period group by {CELL}
)
"""
REVISED = f"""
with states as (
    select *, lag(value) over (cell) as value_before, lag(status) over (cell) as status_before,
        lag(published_in) over (cell) as earlier
    from indicator_vintages where area_level = 'city' and period_end between $first and $period
    window cell as (partition by {CELL} order by published_in)
)
select published_in, indicator, "window" as win, period_end, clock, value_before, value, status_before, status
from states where earlier is not null
order by abs(value - value_before) / nullif(abs(value_before), 0) desc nulls last, published_in desc, indicator, win, period_end,
    clock
limit {LISTED_LONG}
"""
RUNS = """
select r.*, s.signed_at, s.signed_by from assessment_runs as r left join sign_offs as s on r.run = s.run
where r.period_end = $period order by r.frozen_at desc, r.run, s.signed_at
"""


@dataclass(frozen=True)
class Kind:
    """A kind of report, as reports.yml says it."""

    code: str
    name: tuple[str, str]
    months: int
    due_in: tuple[int, ...]
    window: str
    template: str

    def page(self, edition: str) -> str:
        """The name of its page in an edition, zh or en."""
        return f"report-{self.code}" + ("" if edition == "zh" else f"-{edition}")

    def first_month(self, end: date) -> date:
        """The first day of the period that ends on `end`."""
        first = end.replace(day=1)
        for _ in range(self.months - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        return first

    def earlier(self, end: date) -> date:
        """The end of the period before."""
        return self.first_month(end) - timedelta(days=1)


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of report by its code, in order."""
    loaded = yaml.safe_load(KINDS.read_text(encoding="utf-8"))
    return {
        code: Kind(code, tuple(said["name"]), said["months"], tuple(said["due_in"]), said["window"], said["template"])
        for code, said in loaded.items()
    }


def last_period(facts: Facts, kind: Kind) -> date | None:
    """The end of the last period of a kind at which city or counties are assessed; None when the publication has none."""
    found: date | None = facts.marts.rows(LAST, {"due_in": list(kind.due_in)})[0]["period_end"]
    return found


def report_pages(facts: Facts, shared: Row, history: Row, quality: Row) -> Iterator[Page]:
    """Chinese and English editions of every kind of report; one without a period says why it is empty."""
    for kind in kinds().values():
        context = {**shared, **report(facts, kind, history, quality)}
        for edition, other in (("zh", "en"), ("en", "zh")):
            links = {"edition": edition, "other": kind.page(other)}
            yield Page(kind.page(edition), kind.template, "report", {**context, **links})


def report(facts: Facts, kind: Kind, history: Row, quality: Row) -> Row:
    """What the template of a report is told. `period` is None, and nothing else is there, when there is no such period."""
    end = last_period(facts, kind)
    context: Row = {"report": kind, "history": history, "quality": quality, "period": None, "office": False}
    if end is None and kind.code != MONTHLY:
        return context | {"due_in": ", ".join(str(month) for month in kind.due_in)}
    at = None if kind.code == MONTHLY else end
    found = schemes(facts, at)
    context |= {"schemes": found, "tallies": scheme_tallies(facts, at), "flags": quality["flags"][:LISTED]}
    if end is None:
        return context | {"revised": _newest(history), "matrices": [], "figures": []}
    beside = _beside(facts, end)
    _compare(found, beside)
    return context | {
        "period": {"first": month_of(kind.first_month(end)), "last": month_of(end), "end": end},
        "revised": _newest(history),
        "matrices": [_matrix(facts, page, beside, end) for page in found["county"]],
        "in_short": [_in_short(page) for page in found["county"]],
        "figures": _figures(facts, kind, beside, end),
        "window_name": facts.named("windows", kind.window),
        "changes": _changes(facts, kind, end),
        **_of_period(facts, kind, end),
    }


def _newest(history: Row) -> list[Row]:
    """The largest revisions of the last publication."""
    newest = history["publications"][0]["publication"] if history["publications"] else None
    return [row for row in history["revised"] if row["published_in"] == newest][:LISTED]


Beside = dict[tuple[str, str, str, str], Row]


def _beside(facts: Facts, end: date) -> Beside:
    """Figures of (area, indicator, window, month) at the end of the period and a year before."""
    rows = facts.marts.rows(BESIDE, {"period": end})
    return {(row["area_code"], row["indicator"], row["win"], row["month"]): row for row in rows}


def _compare(found: dict[str, list[Row]], beside: Beside) -> None:
    """Give every item of the scorecards its count, and what it is against a year before: a code and words."""
    for page in (*found["city"], *found["county"]):
        for line in page["lines"]:
            for item in line["items"]:
                place = (line["area"]["area_code"], item["indicator"], item["win"])
                now, before = beside.get((*place, item["period"])), beside.get((*place, item["prior_period"]))
                item["count"] = count_text(now)
                item["compared"] = compared(now, before)
                item["compared_name"] = label("compared", item["compared"]) if item["compared"] else ("", "")
                item["compared_words"] = _words(item["compared"], item["prior_text"])


def count_text(figure: Row | None) -> str:
    """`12 / 340`, the counts behind a figure as they may be shown; nothing where there are none."""
    if figure is None or figure["n"] is None:
        return ""
    return f"{figure['n']} / {figure['d']}" if figure["d"] is not None else str(figure["n"])


def compared(now: Row | None, before: Row | None) -> str:
    """`higher` or `lower` where the intervals do not overlap, `alike` where they do; `plain` without intervals, else nothing."""
    if now is None or before is None or now["value"] is None or before["value"] is None:
        return ""
    if None in (now["low"], now["high"], before["low"], before["high"]):
        return "plain"
    if now["low"] > before["high"]:
        return "higher"
    return "lower" if now["high"] < before["low"] else "alike"


def _words(code: str, before: str) -> tuple[str, str]:
    zh, en = labels()["compared"][code]["sentence"] if code else ("", "")
    return zh.format(before=before), en.format(before=before)


def _matrix(facts: Facts, page: Row, beside: Beside, end: date) -> Row:
    """Items down, counties across, as many side by side as a page holds; the city's figure of the same window before them."""
    items = [{item["indicator"]: item for item in line["items"]} for line in page["lines"]]
    order = list(dict.fromkeys(code for of_area in items for code in of_area))
    city = facts.city["area_code"] if facts.city else ""

    def row(code: str, part: list[dict[str, Row]]) -> Row:
        head = next(of_area[code] for of_area in items if code in of_area)
        above = beside.get((city, code, head["win"], month_of(end)))
        return {
            "head": head,
            "city": shown(above["value"] if above else None, head["digits"]),
            "city_interval": interval_text(above["low"], above["high"], head["digits"]) if above else "",
            "cells": [of_area.get(code) for of_area in part],
        }

    parts = range(0, len(items), ACROSS)
    return {
        **{name: page[name] for name in ("scheme", "zh", "en", "tally")},
        "parts": [
            {
                "areas": [line["area"] for line in page["lines"][at : at + ACROSS]],
                "rows": [row(code, items[at : at + ACROSS]) for code in order],
            }
            for at in parts
        ],
    }


def _in_short(page: Row) -> Row:
    """A scheme's counties in words: how many items have which verdict, and which veto items were missed where."""
    counts = {of["verdict"]: of["n"] for of in page["tally"]}
    vetoes = [
        (line["area"], item)
        for line in page["lines"]
        for item in line["items"]
        if item["veto"] and item["verdict"] == "missed"
    ]
    told = {"areas": len(page["lines"]), "items": sum(counts.values()), **counts}
    zh, en = labels()["counties_in_short"]
    return {
        "sentence": (zh.format(scheme=page["zh"], **told), en.format(scheme=page["en"], **told)),
        "vetoes": [(f"{area['name_zh']}：{item['zh']}", f"{area['name_en']}: {item['en']}") for area, item in vetoes],
        "has_vetoes": any(item["veto"] for line in page["lines"] for item in line["items"]),
    }


def _figures(facts: Facts, kind: Kind, beside: Beside, end: date) -> list[Row]:
    """Every figure of the city in the report's window, with the year before, in the order of the catalogue."""
    found = {row["indicator"]: row for row in facts.marts.rows(FIGURES, {"win": kind.window, "period": end})}
    city = facts.city["area_code"] if facts.city else ""
    before = year_before(month_of(end))
    return [
        _figure(facts, code, found[code], beside.get((city, code, kind.window, before)))
        for code in facts.indicators
        if code in found
    ]


def _figure(facts: Facts, code: str, row: Row, before: Row | None) -> Row:
    catalogue, digits = entry_of(facts, code), digits_of(facts.indicators[code])
    change = compared(row, before)
    return {
        **row,
        **{name: catalogue[name] for name in ("zh", "en", "unit", "digits")},
        "value_text": shown(row["value"], digits),
        "interval": interval_text(row["low"], row["high"], digits),
        "count": count_text(row),
        "status_name": label("statuses", row["status"]),
        "before": before["value"] if before else None,
        "before_text": shown(before["value"] if before else None, digits),
        "change": change,
        "change_name": label("compared", change) if change else ("", ""),
    }


def _changes(facts: Facts, kind: Kind, end: date) -> list[Row]:
    """Verdicts of city and counties against the period before and against a year before: compared, and those that changed."""
    earlier = {kind.earlier(end), month_end(end.replace(year=end.year - 1, day=1))}
    found = []
    for day in sorted(earlier, reverse=True):
        rows = facts.marts.rows(CHANGED, {"period": end, "earlier": day})
        moved = [_changed(facts, row) for row in rows if row["was"] != row["now"]]
        found.append({"earlier": month_of(day), "compared": len(rows), "moved": moved})
    return found


def _changed(facts: Facts, row: Row) -> Row:
    indicator = facts.indicator(row["indicator"])
    return {
        **row,
        "area": facts.area(row["area_code"]),
        "scheme_name": facts.named("schemes", row["scheme"]),
        "name": (indicator["name_zh"], indicator["name_en"]),
        "was_name": label("verdicts", row["was"]),
        "now_name": label("verdicts", row["now"]),
    }


def _of_period(facts: Facts, kind: Kind, end: date) -> Row:
    """Reporting, flags and revisions of the period's months, and the runs that were frozen at its end."""
    months: dict[str, Any] = {"first": kind.first_month(end), "period": end}
    flagged = facts.marts.rows(FLAGGED, months)
    for row in flagged:
        row["area"] = facts.area(row["area_code"])
        row["register_name"] = facts.named("registers", row["register"])
    revised = facts.marts.rows(REVISED, months)
    return {
        "reporting": facts.marts.rows(REPORTED, months)[0],
        "flagged": flagged[:LISTED_LONG],
        "flagged_count": len(flagged),
        "counted": facts.marts.rows(COUNTED, months)[0],
        "revised_in_period": [revised_row(facts, row) for row in revised],
        "runs": [
            {**row, "scheme_name": facts.named("schemes", row["scheme"])}
            for row in facts.marts.rows(RUNS, {"period": end})
        ],
    }
