"""docs/indicators.md, made from the seeds: what each indicator says, how it is computed, and from which registers."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestration.documents.markdown import table
from orchestration.settings import Settings

Row = dict[str, str]
HEAD = """# Indicators

Made from `dbt_project/seeds/` (`indicators.csv`, `measures.csv`, `windows.csv`) by `make docs`: change them, not this page.

An indicator is a ratio of measures; a measure is one SQL expression over a register's rows, additive over areas.
Every value stands in `indicator_values` by area (village to city), window, period and clock, with its interval and
status; [analysts.md](analysts.md) says how to read it. On the `event` clock a record counts in the month in which it
happened, on the `report` clock in the month in which it was first delivered.
"""
INTERVALS = {
    "wilson": "Wilson's score interval of a share",
    "weighted_share": "Wilson's score interval of a share, on Kish's effective number of interviews (decision 0022)",
    "ratio_log": "delta method on the log of the ratio of two counts",
    "poisson": "Poisson limits of the count (Byar), the denominator taken as certain",
    "rate_difference": "normal limits of the difference of two Poisson counts",
    "rate_sum": "normal limits of a sum of rates with Poisson counts",
    "none": "none: money, posts, institutions and whole counts are no sample",
}
BETTER = {
    "higher": "a higher value is better",
    "lower": "a lower value is better",
    "band": "a band is good",
    "none": "no direction",
}
PARTS = ("numerator", "numerator_less", "denominator", "effective")  # columns that name a measure
RULES = {
    "sum": "summed over the window",
    "last": "at the window's end",
    "last_of_24_months": "at the window's end, once 24 months are covered",
    "mean_of_ends": "mean of both ends of the window",
    "distinct": "each entity once in the window",
}


def _seed(project: Path, name: str) -> list[Row]:
    with (project / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def current_document(settings: Settings) -> str:
    """The page as it has to be now."""
    project = settings.dbt_project
    measures = {row["measure"]: row for row in _seed(project, "measures")}
    indicators = _seed(project, "indicators")
    parts = [HEAD, _windows(_seed(project, "windows")), _overview(indicators, measures)]
    return "\n".join(parts + [_section(row, measures, _seed(project, "targets")) for row in indicators])


def _windows(windows: Iterable[Row]) -> str:
    rows = ([f"`{w['window']}`", w["name_zh"], w["name_en"], w["length_months"] or "since October"] for w in windows)
    return "## Windows\n\n" + table(("window", "名称", "name", "months"), rows)


def _overview(indicators: Iterable[Row], measures: dict[str, Row]) -> str:
    rows = (
        [f"[{row['indicator']}](#{row['indicator']})", row["name_zh"], row["name_en"], row["unit"],
         "yes" if not _missing(row, measures) else ""]
        for row in indicators
    )  # fmt: skip
    return "## Overview\n\n" + table(("indicator", "名称", "name", "unit", "computed"), rows)


def _section(row: Row, measures: dict[str, Row], targets: list[Row]) -> str:
    facts = [
        f"\n## {row['indicator']}\n",
        f"**{row['name_zh']} · {row['name_en']}** ({row['unit']}). {row['definition_zh']}\n",
        f"{row['definition']}\n",
        f"- formula: `{_formula(row, measures)}`",
        *(f"- {part}" for part in _parts(row, measures)),
        f"- interval: {INTERVALS[row['interval_method']]}",
        *_effective(row),
        f"- direction: {BETTER[row['better']]}",
        f"- registers: {', '.join(f'[{name}](registers.md#{name})' for name in row['registers'].split('|'))}",
        *_validity(row),
        f"- windows: {_own_windows(row, measures)}",
        *_targets(row, targets),
    ]
    return "\n".join(facts) + "\n" + _query(row, measures)


def _formula(row: Row, measures: dict[str, Row]) -> str:
    above = f"({row['numerator']} - {row['numerator_less']})" if row["numerator_less"] else row["numerator"]
    ratio = f"{above} / {row['denominator']}" if row["denominator"] else above
    if measures.get(row["numerator"], {}).get("strata"):
        ratio = f"sum over {measures[row['numerator']]['strata']} of {ratio}"
    factors = [factor for factor in (row["per"], row["stratum_width"]) if factor != "1"]
    if row["annualised"] == "true":
        factors.append("12 / months")
    return " * ".join([*factors, ratio])


def _parts(row: Row, measures: dict[str, Row]) -> Iterator[str]:
    for name in (row[part] for part in PARTS):
        if name in measures:
            measure = measures[name]
            yield f"`{name}` ({measure['name_zh']}): {measure['description']} Window: {RULES[measure['window_rule']]}."
        elif name:
            yield f"`{name}`: not computed yet, so that the indicator has no values."


def _effective(row: Row) -> Iterator[str]:
    if row["effective"]:
        yield f"- effective size: `{row['denominator']}^2 / {row['effective']}`"


def _missing(row: Row, measures: dict[str, Row]) -> bool:
    return any(row[part] and row[part] not in measures for part in PARTS)


def _validity(row: Row) -> Iterator[str]:
    if row["valid_from"]:
        yield f"- applies from {row['valid_from']}; before it the status is `not_applicable`"
    if row["valid_to"]:
        yield (
            f"- applied until {row['valid_to']}: a window that spans that day counts the months up to it, "
            "a later one is `not_applicable`"
        )


def _own_windows(row: Row, measures: dict[str, Row]) -> str:
    rules = {measures[row[part]]["window_rule"] for part in PARTS if row[part] in measures}
    if "last_of_24_months" in rules:
        return "all seven, once 24 months are covered"
    return "all seven, as they stand at each window's end" if rules <= {"last"} else "all seven"


def _targets(row: Row, targets: list[Row]) -> Iterator[str]:
    judged = [target for target in targets if target["indicator"] == row["indicator"]]
    for target in judged:
        upper = f" and {target['target_upper']}" if target["target_upper"] else ""
        veto = ", veto" if target["veto"] == "true" else ""
        yield (
            f"- target: {target['operator']} {target['target']}{upper} of a {target['level']} by `{target['scheme']}`, "
            f"{target['frequency']}, `{target['window']}`{veto}"
        )


def _query(row: Row, measures: dict[str, Row]) -> str:
    if _missing(row, measures):
        return ""
    return f"""
```sql
select area_code, period_end, numerator_shown, denominator_shown, value, low, high, status from indicator_values
where indicator = '{row["indicator"]}' and area_level = 'county' and `window` = 'policy_year_to_date' and clock = 'event'
order by area_code, period_end
```

```sql
select d.name_zh, v.value, v.low, v.high, a.value as county_above from indicator_values as v
inner join dim_area as d on v.area_code = d.area_code
inner join indicator_values as a
    on d.parent_code = a.area_code and v.indicator = a.indicator and v.`window` = a.`window` and v.clock = a.clock
        and v.period_end = a.period_end
where v.indicator = '{row["indicator"]}' and v.area_level = 'township' and v.`window` = 'trailing_12_months'
    and v.clock = 'report' and v.period_end = (select max(period_end) from indicator_values)
order by v.value desc nulls last
```"""
