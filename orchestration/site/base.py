"""What every page's script reads first: names of areas, indicators, windows and states, targets, looks of the charts."""

from typing import Any

from orchestration.site import schemes
from orchestration.site.areas import kept_ends
from orchestration.site.charts import funnel, trend
from orchestration.site.charts.looks import gap_marks
from orchestration.site.columns import CLOCKS, Frame
from orchestration.site.data import Facts
from orchestration.site.figures import compact, digits_of, unit_of
from orchestration.site.labels import label, labels
from orchestration.site.marts import Row
from orchestration.site.series import FUNNEL_ENDS

WORDS = (
    *("clocks", "clock_notes", "statuses", "levels", "verdicts", "reasons", "positions"),
    *("quality", "delivery", "dimensions", "severities"),
)
LIVE = "select distinct indicator from indicator_values where area_level in ('city', 'county', 'township')"
WITH_VILLAGES = "select distinct left(area_code, 6) as county from dim_area where area_level = 'village' order by all"
# Targets with the months in which their scheme is in force; where several are, the one that was set last comes first.
TARGETS = """
select a.scheme, d.area_level, a.indicator, a.operator, a.target, a.target_upper,
    strftime(min(a.period_end), '%Y-%m') as first_month, strftime(max(a.period_end), '%Y-%m') as last_month
from assessments as a
inner join (select distinct area_code, area_level from dim_area) as d on a.area_code = d.area_code
where d.area_level in ('city', 'county', 'township') and a.target is not null
group by a.scheme, d.area_level, a.indicator, a.operator, a.target, a.target_upper
order by d.area_level, a.indicator, last_month desc, first_month desc, a.scheme, a.target
"""


def base(facts: Facts, frame: Frame, *, has_map: bool, measures: list[str]) -> Row:
    """The data that all pages share; `measures` are those with a revision triangle."""
    names = labels()
    live = {row["indicator"] for row in facts.marts.rows(LIVE)}
    return {
        "areas": [_area(facts, code) for code in facts.places],
        "indicators": [{**indicator(facts, code), "live": code in live} for code in facts.indicators],
        "villages": [row["county"] for row in facts.marts.rows(WITH_VILLAGES)],
        "windows": {code: [*facts.named("windows", code), facts.window_lengths.get(code)] for code in frame.windows},
        "ends": frame.ends,
        "kept": kept_ends(frame),
        "funnelEnds": FUNNEL_ENDS,
        "shortest": facts.shortest,
        "endsIn": {level: sorted(months) for level, months in facts.ends_in.items()},
        "clocks": CLOCKS,
        "schemes": {
            code: [*facts.named("schemes", code), found] for code, found in schemes.periods(facts).items()
        },
        "targets": _targets(facts),
        "triangles": {code: facts.named("measures", code) for code in measures},
        "labels": {group: {code: label(group, code) for code in names[group]} for group in WORDS}
        | {"registers": facts.names("registers")},
        "notes": {code: names["statuses"][code]["note"] for code in names["statuses"]},
        "specs": {"trend": trend.spec(), "funnel": funnel.spec(), "gaps": gap_marks()},
        "map": has_map,
    }  # fmt: skip


def _targets(facts: Facts) -> dict[str, list[list[Any]]]:
    """`level|indicator` -> its targets: operator, target, upper target, scheme, first and last month in force."""
    found: dict[str, list[list[Any]]] = {}
    for row in facts.marts.rows(TARGETS):
        target = [row["operator"], compact(row["target"], 4), compact(row["target_upper"], 4), row["scheme"]]
        months = [row["first_month"], row["last_month"]]
        found.setdefault(f"{row['area_level']}|{row['indicator']}", []).append([*target, *months])
    return found


def _area(facts: Facts, code: str) -> list[Any]:
    row = facts.areas[code]
    return [code, row["name_zh"], row["name_en"], facts.places.get(row["parent_code"] or "", -1), row["area_level"]]


def indicator(facts: Facts, code: str) -> Row:
    """A catalogue entry as pages show it: names, unit, decimals, definition, formula, method."""
    row = facts.indicators[code]
    measures = [row.get(part) for part in ("numerator", "numerator_less", "denominator")]
    return {
        "id": code,
        "zh": row["name_zh"],
        "en": row["name_en"],
        "unit": label("units", unit_of(row)),
        "digits": digits_of(row),
        "definition": [row.get("definition_zh") or "", row.get("definition") or ""],
        "formula": [_formula(facts, row, side) for side in (0, 1)],
        "method": label("methods", row.get("interval_method") or "none"),
        "interval": (row.get("interval_method") or "none") != "none",
        "measures": [measure for measure in measures if measure],
    }


def _formula(facts: Facts, row: Row, side: int) -> str:
    """`births - deaths / population × 1000` in the names of the measures; side 0 is Chinese, 1 English."""
    terms = [row.get("numerator"), row.get("numerator_less"), row.get("denominator")]
    above, less, below = (facts.named("measures", term)[side] if term else "" for term in terms)
    top = f"({above} − {less})" if less else above
    per = compact(row.get("per")) or 1
    return (f"{top} / {below}" if below else top) + ("" if per == 1 else f" × {per}")
