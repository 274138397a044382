"""The pages of the site: which there are, and what the shell of each is told. Their figures come from the data files."""

from collections.abc import Iterator

from orchestration.site import schemes as assessed
from orchestration.site.base import indicator
from orchestration.site.data import Facts, alerts, header, scheme_tallies, schemes
from orchestration.site.figures import interval_text, month_of, shown, target_text
from orchestration.site.history import history_page
from orchestration.site.labels import label
from orchestration.site.marts import Row
from orchestration.site.page import Page
from orchestration.site.quality import quality_page
from orchestration.site.reports import kinds, report_pages

CITY_FIGURES = """
select indicator, "window" as win, period_end, value, low, high, status from indicator_values
where area_level = 'city' and clock = 'report' and "window" = 'policy_year_to_date'
    and period_end = (select max(period_end) from indicator_values)
"""
TARGETS = "select scheme, level, indicator, operator, target, target_upper, veto from targets order by scheme, level"
VILLAGES = """
select count(distinct area_code) as n, coalesce(township_code, parent_code) as township
from dim_area where area_level = 'village' group by all
"""
ATTESTED = """
select a.area_code, i.name_zh, i.name_en, a.verdict, a.reason, a.visited_on, a.rectified_on, a.period_end
from attestations as a inner join attested_items as i on a.item = i.item
where a.area_level in ('county', 'township') and a.period_end = (select max(period_end) from attestations)
order by a.area_code, i.place
"""


def pages(facts: Facts) -> Iterator[Page]:
    """Every page of the site, in order."""
    opened = alerts(facts)
    shared: Row = {"head": header(facts), "alert_count": len(opened), "reports": list(kinds().values())}
    history, checked = history_page(facts), quality_page(facts)
    yield from _overview(facts, shared, opened, checked)
    yield Page("publications", "publications.html.j2", "publications", {**shared, "page": history})
    yield from report_pages(facts, shared, history, checked)
    yield from _areas(facts, shared)
    yield from _indicators(facts, shared)
    yield from _schemes(facts, shared)
    yield Page("about", "about.html.j2", "about", {**shared, "methods": _methods(facts)})


def _overview(facts: Facts, shared: Row, opened: list[Row], checked: Row) -> Iterator[Page]:
    """The city, and the data's quality."""
    context = {**shared, "schemes": schemes(facts), "tallies": scheme_tallies(facts)}
    yield Page("index", "index.html.j2", "city", context)
    yield Page("quality", "quality.html.j2", "quality", {**shared, "page": checked, "alerts": opened})


def _areas(facts: Facts, shared: Row) -> Iterator[Page]:
    """The list of areas, and a page per county and township."""
    villages = {row["township"]: row["n"] for row in facts.marts.rows(VILLAGES)}
    below: dict[str, list[Row]] = {}
    for row in facts.areas.values():
        below.setdefault(row["parent_code"] or "", []).append(row)
    counties = [row for row in facts.areas.values() if row["area_level"] == "county"]
    tree = [{"area": county, "townships": below.get(county["area_code"], [])} for county in counties]
    yield Page("areas", "areas.html.j2", "areas", {**shared, "tree": tree, "villages": villages})
    attested: dict[str, list[Row]] = {}
    for row in facts.marts.rows(ATTESTED):
        names = {
            "verdict_name": label("verdicts", row["verdict"]),
            "reason_name": label("reasons", row["reason"]) if row["reason"] else ("", ""),
            "period": month_of(row["period_end"]),
        }
        attested.setdefault(row["area_code"], []).append({**row, **names})
    for code, row in facts.areas.items():
        if row["area_level"] not in ("county", "township"):
            continue
        context = {
            **shared,
            "area": row,
            "level": label("levels", row["area_level"]),
            "parent": facts.area(row["parent_code"] or ""),
            "below": below.get(code, []),
            "attested": attested.get(code, []),
        }
        yield Page(f"area-{code}", "area.html.j2", "area", context, {"area": code})


def _target(facts: Facts, row: Row) -> Row:
    text = target_text(row["operator"], row["target"], row["target_upper"])
    return {
        **row,
        "name": facts.named("schemes", row["scheme"]),
        "level_name": label("levels", row["level"]),
        "text": text,
    }


def _indicators(facts: Facts, shared: Row) -> Iterator[Page]:
    """The catalogue of indicators with the city's last figures, and a page per indicator."""
    figures = {row["indicator"]: row for row in facts.marts.rows(CITY_FIGURES)}
    targets: dict[str, list[Row]] = {}
    for row in facts.marts.rows(TARGETS):
        targets.setdefault(row["indicator"], []).append(_target(facts, row))
    found = [_entry(facts, code, figures.get(code), targets.get(code, [])) for code in facts.indicators]
    yield Page("indicators", "indicators.html.j2", "indicators", {**shared, "indicators": found})
    periods = assessed.periods(facts)
    for entry in found:
        context = {**shared, "item": entry, "periods": periods}
        yield Page(f"indicator-{entry['id']}", "indicator.html.j2", "indicator", context, {"indicator": entry["id"]})


def _entry(facts: Facts, code: str, figure: Row | None, targets: list[Row]) -> Row:
    """A catalogue entry with its sources, its targets and the city's last figure."""
    found, row = indicator(facts, code), facts.indicators[code]
    value = figure["value"] if figure else None
    status = figure["status"] if figure else "none"
    return {
        **found,
        "registers": [facts.named("registers", name) for name in (row.get("registers") or "").split("|") if name],
        "better": row.get("better") or "none",
        "targets": targets,
        "value": shown(value, found["digits"]),
        "is_known": value is not None,
        "range": interval_text(figure["low"], figure["high"], found["digits"]) if figure else "",
        "status": status,
        "status_name": label("statuses", status),
    }


def _schemes(facts: Facts, shared: Row) -> Iterator[Page]:
    """The list of assessments, and a page per scheme and period."""
    periods = assessed.periods(facts)
    listed = [{"scheme": s, "name": facts.named("schemes", s), "periods": found} for s, found in periods.items()]
    yield Page("assessments", "assessments.html.j2", "assessments", {**shared, "listed": listed})
    sources = {row["scheme"]: row for row in facts.marts.rows("select * from schemes")}
    for scheme, found in periods.items():
        for period in found:
            context = {
                **shared,
                "scheme": scheme,
                "name": facts.named("schemes", scheme),
                "period": period,
                "periods": found,
                "source": sources.get(scheme, {}).get("source") or "",
            }
            attributes = {"scheme": scheme, "period": period}
            yield Page(f"scheme-{scheme}-{period}", "scheme.html.j2", "scheme", context, attributes)


def _methods(facts: Facts) -> list[Row]:
    """Interval methods, and how many indicators use each."""
    used: dict[str, int] = {}
    for row in facts.indicators.values():
        method = row.get("interval_method") or "none"
        used[method] = used.get(method, 0) + 1
    return [{"name": label("methods", method), "n": n} for method, n in sorted(used.items())]
