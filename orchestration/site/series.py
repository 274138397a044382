"""The data of an indicator: every area's series by window and clock, and the limits of the funnel."""

from collections.abc import Iterator
from typing import Any

from orchestration.site.charts.funnel import POSITIONS
from orchestration.site.columns import Frame, figure, joined, letter, number, packed, put_clock
from orchestration.site.data import Facts
from orchestration.site.marts import Row

FUNNEL_ENDS = 13
NAMES = ("v", "low", "high", "n", "d", "s")


def series_sql(frame_sql: str) -> str:
    """One row per indicator, area, window and clock, in the order of the frame's places; what a level does not show is blank."""
    return f"""
with frame as (select * from {frame_sql}),
areas as (
    select area_code, area_level from dim_area
    qualify row_number() over (partition by area_code order by valid_from desc) = 1
),
figures as (
    select v.indicator, v.area_code, v."window" as win, v.clock, f.place,
        case when f.is_shown then {figure("v.value")} else '' end as v,
        case when f.is_shown then {figure("v.low")} else '' end as low,
        case when f.is_shown then {figure("v.high")} else '' end as high,
        case when f.is_shown then coalesce(v.numerator_shown, '') else '' end as n,
        case when f.is_shown then coalesce(v.denominator_shown, '') else '' end as d,
        case when f.is_shown or v.value is null then {letter("v.status")} else 's' end as s
    from indicator_values as v
    inner join frame as f on v.area_level = f.level and v."window" = f.win and v.period_end = f.period_end
    left join indicators as c on v.indicator = c.indicator
),
places as (
    select a.area_code, f.win, f.place, i.indicator, c.clock
    from areas as a
    inner join frame as f on a.area_level = f.level
    cross join (select distinct indicator from figures) as i
    cross join (select distinct clock from figures) as c
)
select p.indicator, p.area_code, p.win, p.clock, count(g.v) as n_rows,
    {", ".join(f"{joined(f'coalesce(g.{name}, {chr(39)}{chr(39)})', 'p.place')} as {name}" for name in NAMES[:-1])},
    {joined("coalesce(g.s, '-')", "p.place", "")} as s
from places as p left join figures as g using (indicator, area_code, win, clock, place)
group by all having n_rows > 0
order by p.indicator, p.win, p.area_code, p.clock desc
"""


def funnel_sql(frame_sql: str) -> str:
    """One row per indicator, area and window: limits and positions, in the order of the frame's places."""
    limits = ("low_998", "low_95", "high_95", "high_998")
    parts = ("denominator", *limits)
    shown = "r.is_shown and f.low_95 is not null"
    return f"""
with frame as (select * from {frame_sql}),
limits as (
    select f.indicator, f.area_code, f."window" as win, r.place, f.position,
        case when {shown} then {number("f.denominator")} else '' end as denominator,
        {", ".join(f"case when {shown} then {figure(f'f.{part}')} else '' end as {part}" for part in limits)}
    from indicator_funnels as f
    inner join frame as r on f.area_level = r.level and f."window" = r.win and f.period_end = r.period_end
    left join indicators as c on f.indicator = c.indicator
),
known as (select indicator, area_code, win from limits group by all having bool_or(low_95 <> '')),
places as (
    select k.*, r.place from known as k
    inner join (select distinct win, place from frame) as r using (win)
)
select p.indicator, p.area_code, p.win,
    {", ".join(f"{joined(f'coalesce(l.{part}, {chr(39)}{chr(39)})', 'p.place')} as {part}" for part in parts)},
    {joined(f"coalesce({letter('l.position', POSITIONS)}, '-')", "p.place", "")} as s
from places as p left join limits as l using (indicator, area_code, win, place)
group by all order by p.indicator, p.win, p.area_code
"""


def by_indicator(rows: list[Row], place: dict[str, int]) -> dict[str, dict[str, dict[int, Any]]]:
    """Indicator -> window -> area's number -> [report, event]; a clock that says the same as the first is 0."""
    found: dict[str, dict[str, dict[int, Any]]] = {}
    for row in rows:
        if row["area_code"] in place:
            areas = found.setdefault(row["indicator"], {}).setdefault(row["win"], {})
            both = areas.setdefault(place[row["area_code"]], [None, None])
            put_clock(both, row["clock"], packed(row, NAMES))
    return found


def indicator_files(facts: Facts, frame: Frame) -> Iterator[tuple[str, Row]]:
    """(name of the file, its data) of every indicator of the catalogue that has figures."""
    place = facts.places
    series = by_indicator(facts.marts.rows(series_sql(frame.sql(frame.days))), place)
    limits: dict[str, dict[str, dict[int, Any]]] = {}
    for row in facts.marts.rows(funnel_sql(frame.sql(frame.last(FUNNEL_ENDS)))):
        names = ("denominator", "low_998", "low_95", "high_95", "high_998", "s")
        at_window = limits.setdefault(row["indicator"], {}).setdefault(row["win"], {})
        at_window[place[row["area_code"]]] = [row[name] for name in names]
        # Sizes that are the denominators shown are not repeated.
        stored = series.get(row["indicator"], {}).get(row["win"], {}).get(place[row["area_code"]], [None])[0]
        if isinstance(stored, list) and stored[4].split(",")[-len(row["s"]) :] == row["denominator"].split(","):
            at_window[place[row["area_code"]]][0] = 0
    for indicator, windows in series.items():
        yield f"indicator-{indicator}", {"series": windows, "funnel": limits.get(indicator, {})}
