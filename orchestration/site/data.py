"""What the templates show: areas, scorecards, headline, alerts; plain dicts made from published tables."""

from collections import Counter
from datetime import date
from functools import cached_property

from orchestration.site.charts.bullet import Bullet, bullet
from orchestration.site.figures import (
    digits_of,
    interval_text,
    month_of,
    shown,
    target_text,
    unit_of,
    year_before,
)
from orchestration.site.labels import in_order, label, labels
from orchestration.site.marts import Marts, Row

ASSESSMENT_CLOCK = "report"

AREAS = """
select area_code, area_level, name_zh, name_en, parent_code
from dim_area
where area_level <> 'village'
qualify row_number() over (partition by area_code order by valid_from desc) = 1
order by area_code
"""
# Items of city and counties, the latest that were due or those due at $period; what lies below has pages of its own.
ASSESSED = """
select a.*
from assessments as a
where a.area_code in (select area_code from dim_area where area_level in ('city', 'county'))
    and ($period::date is null or a.period_end = $period and coalesce(a.reason, '') <> 'not_due')
qualify row_number() over (
    partition by a.scheme, a.area_code, a.indicator
    order by coalesce(a.reason, '') = 'not_due', a.period_end desc, a.vintage desc, a."window"
) = 1
order by a.scheme, a.area_code
"""
# Checks that warned in an item's window, of its county or of the city; the city's items rest on every county.
WARNED = f"""
with latest as ({ASSESSED}),
areas as (select distinct area_code, area_level from dim_area)
select latest.scheme, latest.area_code, latest.indicator,
    list_sort(list(distinct [coalesce(c.sentence_zh, p.check_id), coalesce(c.sentence_en, p.check_id)])) as checks
from latest
inner join windows as w on latest."window" = w."window"
inner join areas as item on latest.area_code = item.area_code
inner join provisional_reasons as p
    on latest.indicator = p.indicator and p.month <= latest.period_end
        and p.month >= coalesce(
            date_trunc('month', latest.period_end) - to_months(w.length_months - 1),
            make_date(year(latest.period_end) - (month(latest.period_end) < 10)::int, 10, 1)
        )
inner join areas as delivering on p.area_code = delivering.area_code
left join quality_checks as c on p.check_id = c.check_id
where latest.reason = 'provisional'
    and (item.area_level = 'city' or delivering.area_level = 'city' or left(p.area_code, 6) = left(latest.area_code, 6))
group by all order by all
"""
PRIOR_VALUES = """
select area_code, indicator, "window" as win, strftime(period_end, '%Y-%m') as month, value
from indicator_values
where clock = ? and area_level in ('city', 'county') and value is not null
order by vintage, area_code, indicator, win, month
"""
OPEN_ALERTS = """
select a.*, coalesce(c.sentence_zh, a.check_id) as sentence_zh, coalesce(c.sentence_en, a.check_id) as sentence_en
from quality_alerts as a left join quality_checks as c on a.check_id = c.check_id
where a.status = 'open' order by a.severity, a.register, a.area_code, a.check_id
"""


NAMED = {
    "registers": ("registers", "register"),
    "schemes": ("schemes", "scheme"),
    "windows": ("windows", '"window"'),
    "measures": ("measure_catalogue", "measure"),
}


def _names(marts: Marts, table: str, key: str) -> dict[str, tuple[str, str]]:
    """Code -> (Chinese, English) of a published catalogue, in its order."""
    rows = marts.rows(f"select {key} as code, name_zh, name_en from {table}")
    return {row["code"]: (row["name_zh"], row["name_en"]) for row in rows}


Priors = dict[tuple[str, str, str, str], float]
Warned = dict[tuple[str, str, str], list[list[str]]]


class Facts:
    """The lookups that every part of the page needs, read once."""

    def __init__(self, marts: Marts) -> None:
        self.marts = marts
        self.areas = {row["area_code"]: row for row in marts.rows(AREAS)}
        self.indicators = {row["indicator"]: row for row in marts.rows("select * from indicators")}
        self._names = {name: _names(marts, *table) for name, table in NAMED.items()}
        self.window_lengths: dict[str, int | None] = {
            row["code"]: row["length_months"]
            for row in marts.rows('select "window" as code, length_months from windows')
        }
        scope = marts.rows(
            "select area_level, shortest_months, ends_in from publication_scope order by shortest_months"
        )
        self.shortest = {row["area_level"]: row["shortest_months"] for row in scope}
        self.ends_in = {row["area_level"]: {int(month) for month in row["ends_in"].split("|")} for row in scope}
        # Areas with a page: the city, counties and townships, numbered in the order of their codes.
        self.places = {code: number for number, code in enumerate(self.areas)}
        self.city = next((row for row in self.areas.values() if row["area_level"] == "city"), None)

    @cached_property
    def priors(self) -> Priors:
        """The value that stood last, of (area, indicator, window, month), on the assessment's clock: city and counties."""
        return {
            (row["area_code"], row["indicator"], row["win"], row["month"]): row["value"]
            for row in self.marts.rows(PRIOR_VALUES, [ASSESSMENT_CLOCK])
        }

    def named(self, group: str, code: str) -> tuple[str, str]:
        """(Chinese, English) of a register, scheme, window or measure; an unknown code stands for itself."""
        return self._names[group].get(code, (code, code))

    def names(self, group: str) -> dict[str, tuple[str, str]]:
        """All names of a group, in the order of its published table."""
        return self._names[group]

    def area(self, code: str) -> Row:
        """An area by its 12-digit code, or its 6-digit one; an unknown area is shown by its code."""
        unknown = {"area_code": code, "area_level": "", "name_zh": code, "name_en": code, "parent_code": None}
        return self.areas.get(code.ljust(12, "0"), unknown)

    def indicator(self, code: str) -> Row:
        """An indicator of the catalogue; one that is not in it is shown by its code."""
        return self.indicators.get(code, {"indicator": code, "name_zh": code, "name_en": code, "per": 1})


def header(facts: Facts) -> Row:
    """City, last month with data, vintage."""
    sql = "select max(period_end) as last, max(vintage) as vintage, count(*) as n from indicator_values"
    found = facts.marts.rows(sql)[0]
    city = facts.city or facts.area("")
    return {
        "city_zh": city["name_zh"],
        "city_en": city["name_en"],
        "through": month_of(found["last"]) if found["last"] else "–",
        "vintage": found["vintage"] or "–",
        "values": found["n"],
    }


def _targets_without_rows(facts: Facts, assessed: list[Row]) -> list[Row]:
    """Items of the schemes in use that no assessment row answers: shown as not assessed, never left out."""
    have = {(row["scheme"], row["indicator"]) for row in assessed}
    schemes = {row["scheme"] for row in assessed}
    targets = facts.marts.rows("select * from targets order by scheme, indicator")
    return [row for row in targets if row["scheme"] in schemes and (row["scheme"], row["indicator"]) not in have]


def _unassessed(target: Row, area_code: str) -> Row:
    """The row that stands for a target which nothing delivered can answer."""
    blank = dict.fromkeys(("period_end", "value", "low", "high", "window", "vintage"))
    return {
        **blank,
        **{key: target.get(key) for key in ("scheme", "indicator", "operator", "target", "target_upper")},
        "area_code": area_code,
        "frequency": target.get("frequency"),
        "veto": bool(target.get("veto")),
        "verdict": "not_assessed",
        "reason": "indicator_not_live",
    }


def _sentence(item: Row) -> tuple[str, str]:
    """The item in words, Chinese and English, from the wording of its verdict; that it is provisional comes after it."""
    zh, en = labels()["sentences"].get(item["verdict"], labels()["sentences"]["not_assessed"])
    low_high = [shown(item[side], item["digits"]) for side in ("low", "high")]
    has_interval = bool(item["interval"])
    bare = item["verdict"] == "not_distinguishable"
    target = item["target_text"].lstrip("≥≤ ") if bare else item["target_text"]
    words = {"value": item["value_text"] + item["unit_short"], "target": target}
    after = labels()["sentences"]["provisional"] if item["provisional"] else ("", "")
    return (
        zh.format(
            name=item["zh"],
            reason=item["reason_zh"],
            interval=f"（{low_high[0]} 至 {low_high[1]}）" if has_interval else "",
            **{**words, "value": " " + words["value"]},
        )
        + after[0],
        en.format(
            name=item["en"],
            reason=item["reason_en"],
            interval=f" ({low_high[0]} to {low_high[1]})" if has_interval else "",
            **words,
        )
        + after[1],
    )


def _bullet(row: Row, prior: float | None) -> Bullet | None:
    """The small picture of an assessed item."""
    parts = {name: row[name] for name in ("low", "high", "target", "target_upper")}
    return bullet(row["value"], **parts, prior=prior)


def _item(facts: Facts, row: Row, priors: Priors, warned: Warned) -> Row:
    """One assessed item, ready to show."""
    indicator = facts.indicator(row["indicator"])
    digits, unit = digits_of(indicator), unit_of(indicator)
    period = month_of(row["period_end"]) if row["period_end"] else None
    key = (row["area_code"], row["indicator"], row["window"] or "", year_before(period) if period else "")
    prior = priors.get(key)
    reason = label("reasons", row["reason"]) if row["reason"] else ("", "")
    verdict = label("verdicts", row["verdict"])
    item = {
        "indicator": row["indicator"],
        "zh": indicator["name_zh"],
        "en": indicator["name_en"],
        "digits": digits,
        "unit": label("units", unit),
        "unit_short": unit if unit in ("%", "‰") else "",
        "veto": bool(row["veto"]),
        "verdict": row["verdict"],
        "verdict_zh": verdict[0],
        "verdict_en": verdict[1],
        "reason_zh": reason[0],
        "reason_en": reason[1],
        "provisional": row["reason"] == "provisional",
        "warned": warned.get((row["scheme"], row["area_code"], row["indicator"]), []),
        **{name: row[name] for name in ("value", "operator", "target", "target_upper", "frequency")},
        "win": row["window"],
        "prior": prior,
        "value_text": shown(row["value"], digits),
        "low": row["low"],
        "high": row["high"],
        "interval": interval_text(row["low"], row["high"], digits),
        "target_text": target_text(row["operator"], row["target"], row["target_upper"]),
        "period": period or "–",
        "window": facts.named("windows", row["window"]) if row["window"] else None,
        "prior_text": shown(prior, digits),
        "prior_period": key[3] or "–",
        "bullet": _bullet(row, prior),
    }
    item["sentence_zh"], item["sentence_en"] = _sentence(item)
    return item


def _scheme_page(facts: Facts, scheme: str, rows: list[Row], missing: list[Row], priors: Priors, warned: Warned) -> Row:
    """A scheme at one level: its items in order, and per area the item's verdict."""
    codes = sorted({row["area_code"] for row in rows})
    rows = rows + [_unassessed(target, code) for target in missing for code in codes]
    order = in_order(facts.indicators, {row["indicator"] for row in rows})
    items = {(row["area_code"], row["indicator"]): _item(facts, row, priors, warned) for row in rows}
    names = facts.named("schemes", scheme)
    lines = [
        {"area": facts.area(code), "items": [items[code, item] for item in order if (code, item) in items]}
        for code in codes
    ]
    return {"scheme": scheme, "zh": names[0], "en": names[1], "lines": lines, "tally": _tally(lines)}


def _tally(lines: list[Row]) -> list[Row]:
    """How many items have which verdict, and how many of them are provisional, in the order of the label file.

    Verdicts nobody has count 0.
    """
    items = [item for line in lines for item in line["items"]]
    counts = Counter(item["verdict"] for item in items)
    provisional = Counter(item["verdict"] for item in items if item["provisional"])
    verdicts = in_order(labels()["verdicts"], set(counts) | set(labels()["verdicts"]))
    return [
        {
            "verdict": code,
            "zh": label("verdicts", code)[0],
            "en": label("verdicts", code)[1],
            "n": counts[code],
            "provisional": provisional[code],
        }
        for code in verdicts
    ]


def schemes(facts: Facts, period: date | None = None) -> dict[str, list[Row]]:
    """Schemes of the city and of the counties at their latest period: `city` gives scorecards, `county` a matrix.

    With `period` (a month's last day) what was due at that day; a target in force then has a row, so none is missing.
    """
    at = {"period": period}
    assessed = facts.marts.rows(ASSESSED, at)
    missing = [] if period else _targets_without_rows(facts, assessed)
    checks = facts.marts.rows(WARNED, at)
    warned = {(row["scheme"], row["area_code"], row["indicator"]): row["checks"] for row in checks}
    pages: dict[str, list[Row]] = {"city": [], "county": []}
    for scheme in in_order(facts.names("schemes"), {row["scheme"] for row in assessed}):
        for level, found in pages.items():
            of_level = [
                row
                for row in assessed
                if row["scheme"] == scheme and facts.area(row["area_code"])["area_level"] == level
            ]
            absent = [row for row in missing if row["scheme"] == scheme and row.get("level", level) == level]
            if of_level:
                found.append(_scheme_page(facts, scheme, of_level, absent, facts.priors, warned))
    return pages


def alerts(facts: Facts) -> list[Row]:
    """Open alerts: register, area, rule and counts; nothing else is known here."""
    found = facts.marts.rows(OPEN_ALERTS)
    for row in found:
        row["area"] = facts.area(row["area_code"])
        row["register_zh"], row["register_en"] = facts.named("registers", row["register"])
        row["severity_zh"], row["severity_en"] = label("severities", row["severity"])
        row["opened"], row["last"] = month_of(row["opened_month"]), month_of(row["last_month"])
    return found


TALLIES = """
with latest as (
    select scheme, max(period_end) as period_end from assessments where coalesce(period_end = $period::date, true) group by scheme
),
items as (
    select a.* from assessments as a inner join latest as l on a.scheme = l.scheme and a.period_end = l.period_end
    where coalesce(a.reason, '') <> 'not_due'
),
areas as (select scheme, count(distinct area_code) as areas from items group by scheme)
select i.scheme, strftime(i.period_end, '%Y-%m') as period, i.verdict, a.areas, count(*) as n
from items as i inner join areas as a on i.scheme = a.scheme
group by all order by all
"""


def scheme_tallies(facts: Facts, period: date | None = None) -> list[Row]:
    """Every scheme at its latest period, or at `period`: areas, and how many items have which verdict."""
    by_scheme: dict[str, list[Row]] = {}
    for row in facts.marts.rows(TALLIES, {"period": period}):
        by_scheme.setdefault(row["scheme"], []).append(row)
    return [
        {
            "scheme": scheme,
            "name": facts.named("schemes", scheme),
            "period": by_scheme[scheme][0]["period"],
            "areas": by_scheme[scheme][0]["areas"],
            "verdicts": [
                {"verdict": code, "name": label("verdicts", code), "n": counts.get(code, 0)}
                for counts in [{row["verdict"]: row["n"] for row in by_scheme[scheme]}]
                for code in labels()["verdicts"]
            ],
        }
        for scheme in in_order(facts.names("schemes"), set(by_scheme))
    ]
