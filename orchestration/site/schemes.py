"""The data of the assessment pages: a file per scheme and period, columns over its areas, a year before and the parent beside."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from orchestration.site.columns import figure
from orchestration.site.data import Facts
from orchestration.site.figures import compact, month_of, year_before
from orchestration.site.labels import in_order
from orchestration.site.marts import Row

VERDICTS = {"met": "m", "missed": "x", "not_distinguishable": "u", "not_assessed": "-"}
NONE = "."
ITEM = ("indicator", "operator", "target", "target_upper", "frequency", "win", "veto")
PERIODS = "select scheme, period_end from assessments group by all order by all"
# Beside each item: the same scheme's verdict and the same window's value a year before, and the value of the area it lies in.
ITEMS = f"""
with areas as (
    select area_code, area_level, name_zh, name_en, parent_code from dim_area
    qualify row_number() over (partition by area_code order by valid_from desc) = 1
),
figures as materialized (
    select area_code, indicator, "window" as win, period_end, value from indicator_values
    where clock = 'report' and (indicator, "window") in (select distinct (indicator, "window") from assessments)
),
items as (
    select a.*, a."window" as win, p.area_level, p.name_zh, p.name_en, p.parent_code,
        last_day(a.period_end - interval 1 year) as year_before
    from assessments as a inner join areas as p on a.area_code = p.area_code
)
select i.scheme, i.period_end, i.area_code, i.area_level, i.name_zh, i.name_en, i.indicator, i.operator, i.target, i.target_upper,
    i.frequency, i.win, coalesce(i.veto, false) as veto, i.verdict, coalesce(i.reason, '') as reason,
    {figure("i.value")} as v, {figure("i.low")} as low, {figure("i.high")} as high,
    {figure("b.value")} as before, {figure("u.value")} as parent, y.verdict as verdict_before
from items as i
left join indicators as c on i.indicator = c.indicator
left join figures as b on i.area_code = b.area_code and i.indicator = b.indicator and i.win = b.win
    and i.year_before = b.period_end
left join figures as u on i.parent_code = u.area_code and i.indicator = u.indicator and i.win = u.win
    and i.period_end = u.period_end
left join assessments as y on i.scheme = y.scheme and i.area_code = y.area_code and i.indicator = y.indicator
    and i.year_before = y.period_end and i.win is not distinct from y."window" and y.verdict <> 'not_assessed'
order by i.scheme, i.period_end, i.area_code, i.indicator, i.win
"""
TARGETS = "select * from targets order by scheme, level, indicator"


def periods(facts: Facts) -> dict[str, list[str]]:
    """Scheme -> `2014-09` of every period assessed, the last first, in the order of the catalogue of schemes."""
    found: dict[str, list[str]] = {}
    for row in facts.marts.rows(PERIODS):
        found.setdefault(row["scheme"], []).insert(0, month_of(row["period_end"]))
    return {scheme: found[scheme] for scheme in in_order(facts.names("schemes"), set(found))}


def scheme_files(facts: Facts) -> Iterator[tuple[str, Row]]:
    """(name, data) of every scheme and period."""
    targets = facts.marts.rows(TARGETS)
    for (scheme, period), rows in groupby(facts.marts.rows(ITEMS), lambda row: (row["scheme"], row["period_end"])):
        own = [target for target in targets if target["scheme"] == scheme]
        yield f"scheme-{scheme}-{month_of(period)}", _scorecard(facts, list(rows), own, month_of(period))


def _scorecard(facts: Facts, rows: list[Row], targets: list[Row], period: str) -> Row:
    """Areas, items, and the targets of the scheme that nothing delivered can answer."""
    areas = {row["area_code"]: [row["area_code"], row["name_zh"], row["name_en"], row["area_level"]] for row in rows}
    items: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in rows:
        items.setdefault((row["area_level"], *(row[name] for name in ITEM)), {})[row["area_code"]] = row
    have = {(row["area_level"], row["indicator"]) for row in rows}
    levels = {row["area_level"] for row in rows}
    order = in_order(facts.indicators, {row["indicator"] for row in rows})
    reasons = sorted({row["reason"] for row in rows})
    ordered = sorted(items, key=lambda key: (order.index(key[1]), str(key)))
    return {
        "period": period,
        "before": year_before(period),
        "areas": list(areas.values()),
        "reasons": reasons,
        "items": [_item(key, items[key], list(areas), reasons) for key in ordered],
        "missing": [
            [t["indicator"], t["operator"], compact(t["target"], 4), compact(t["target_upper"], 4), bool(t["veto"])]
            for t in targets
            if t["level"] in levels and (t["level"], t["indicator"]) not in have
        ],
    }


def _item(key: tuple[Any, ...], by_area: dict[str, Row], areas: list[str], reasons: list[str]) -> Row:
    """One item: its target, and a column over the areas for each thing that is known of them."""
    level, indicator, operator, target, upper, frequency, window, veto = key
    rows = [by_area.get(area) for area in areas]

    def column(name: str) -> str:
        return ",".join(row[name] if row else "" for row in rows)

    return {
        "level": level, "indicator": indicator, "operator": operator, "target": compact(target, 4),
        "upper": compact(upper, 4), "frequency": frequency, "window": window, "veto": bool(veto),
        "v": column("v"), "low": column("low"), "high": column("high"),
        "verdict": "".join(VERDICTS.get(row["verdict"], "-") if row else NONE for row in rows),
        "reason": ",".join(str(reasons.index(row["reason"])) if row else "" for row in rows),
        "before": column("before"), "parent": column("parent"),
        "verdict_before": "".join(VERDICTS.get(row["verdict_before"], NONE) if row else NONE for row in rows),
    }  # fmt: skip
