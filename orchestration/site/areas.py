"""The data of areas: by county the last figures of every indicator, and of its villages in a file of their own."""

from collections.abc import Iterator
from typing import Any

from orchestration.site.columns import Frame, figure, joined, letter, packed, put_clock
from orchestration.site.data import Facts
from orchestration.site.figures import month_of
from orchestration.site.marts import Row
from orchestration.site.series import NAMES, by_indicator, series_sql

VILLAGES = """
select area_code, name_zh, name_en, coalesce(township_code, parent_code) as township from dim_area
where area_level = 'village'
qualify row_number() over (partition by area_code order by valid_from desc) = 1
order by area_code
"""
TALLIES = """
select scheme, area_code, strftime(period_end, '%Y-%m') as period, verdict, count(*) as n
from assessments
where coalesce(reason, '') <> 'not_due' and period_end = (select max(period_end) from assessments)
group by all order by all
"""
FEATURED = """
select v.indicator, v."window" as win, v.period_end, v.clock, v.area_code, {value} as v, {low} as low, {high} as high,
    coalesce(v.numerator_shown, '') as n, coalesce(v.denominator_shown, '') as d, {status} as s
from indicator_values as v left join indicators as c on v.indicator = c.indicator
where v.area_level = 'village' and ({ends})
"""


def area_files(facts: Facts, frame: Frame) -> Iterator[tuple[str, Row]]:
    """(name, data) by county, and of the city: the ends of `kept`, and how many verdicts of each kind its areas have."""
    kept = frame.yearly()
    found = by_indicator(facts.marts.rows(series_sql(frame.sql(kept))), facts.places)
    tallies: dict[str, dict[str, Any]] = {}
    for row in facts.marts.rows(TALLIES):
        of_area = tallies.setdefault(row["area_code"], {})
        of_area.setdefault(row["scheme"], [row["period"], {}])[1][row["verdict"]] = row["n"]
    groups: dict[str, list[str]] = {}
    for code in facts.places:
        groups.setdefault(code[:6], []).append(code)
    for group, codes in groups.items():
        numbers = {facts.places[code] for code in codes}
        values = {
            indicator: {
                window: {at: columns for at, columns in areas.items() if at in numbers}
                for window, areas in windows.items()
            }
            for indicator, windows in found.items()
        }
        yield f"area-{group}", {"values": values, "verdicts": {c: tallies[c] for c in codes if c in tallies}}


def kept_ends(frame: Frame) -> dict[str, list[str]]:
    """Window -> ends that the files of areas hold."""
    return {window: [month_of(day) for day in days] for window, days in frame.yearly().items()}


def village_files(facts: Facts, frame: Frame) -> Iterator[tuple[str, Row]]:
    """(name, data) by county: its villages, and by window and indicator a column over them at the window's last end."""
    groups: dict[str, list[Row]] = {}
    for row in facts.marts.rows(VILLAGES):
        groups.setdefault(row["area_code"][:6], []).append(row)
    shown = {
        window: [day for day in frame.days[window] if frame.shows("village", window, day)]
        for window in frame.windows
        if facts.window_lengths[window]
    }
    last = {window: days[-1] for window, days in shown.items() if days}
    values = _village_values(facts, last) if groups and last else {}
    for group, villages in groups.items():
        yield (
            f"villages-{group}",
            {
                "areas": [[v["area_code"], v["name_zh"], v["name_en"], v["township"]] for v in villages],
                "ends": {window: month_of(day) for window, day in last.items()},
                "values": values.get(group, {}),
            },
        )


def _village_values(facts: Facts, last: dict[str, Any]) -> dict[str, Any]:
    """County -> window -> indicator -> [report, event]: columns over the county's villages in order of code."""
    ends = " or ".join(f"v.\"window\" = '{window}' and v.period_end = date '{day}'" for window, day in last.items())
    featured = FEATURED.format(
        value=figure("v.value"), low=figure("v.low"), high=figure("v.high"), status=letter("v.status"), ends=ends
    )
    sql = f"""
with figures as ({featured}),
villages as ({VILLAGES}),
cells as (select distinct indicator, win, clock from figures)
select left(v.area_code, 6) as county, c.indicator, c.win, c.clock,
    {", ".join(f"{joined(f'coalesce(f.{name}, {chr(39)}{chr(39)})', 'v.area_code')} as {name}" for name in NAMES[:-1])},
    {joined("coalesce(f.s, '-')", "v.area_code", "")} as s
from villages as v cross join cells as c
left join figures as f on v.area_code = f.area_code and c.indicator = f.indicator and c.win = f.win and c.clock = f.clock
group by all order by 1, 3, 2, 4 desc
"""
    found: dict[str, Any] = {}
    for row in facts.marts.rows(sql):
        both = found.setdefault(row["county"], {}).setdefault(row["win"], {}).setdefault(row["indicator"], [None, None])
        put_clock(both, row["clock"], packed(row, NAMES))
    return found
