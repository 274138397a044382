"""The scorecard of a scheme and month: every item of every assessed area, from the published marts as of a publication."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import duckdb

from orchestration.errors import RenkouError
from orchestration.periods import month_end
from orchestration.publish.analyst import dictionaries, open_marts
from orchestration.settings import Settings

# The area above is in the code; `dim_area` gives words alone: an area may be gone from the register when a run is made again.
PARENT = """rpad(case when right(a.area_code, 3) <> '000' then left(a.area_code, 9) when right(a.area_code, 6) <> '000000'
    then left(a.area_code, 6) when right(a.area_code, 8) <> '00000000' then left(a.area_code, 4) end, 12, '0')"""
# Beside each item stands what the same indicator was a year before, in the area above, and before it was last revised, in the
# same window and clock.
ITEMS = f"""
with figures as (
    select area_code, indicator, "window", period_end, value from indicator_values_as_of($publication) where clock = 'report'
),

revised as (
    select area_code, indicator, "window", period_end, max(replaced_in) as revised_in, arg_max(value, replaced_in) as revised_from
    from indicator_vintages
    where clock = 'report' and replaced_in <= $publication
    group by area_code, indicator, "window", period_end
)

select
    a.area_code, a.indicator, a.operator, a.target, a.target_upper, a.frequency, a.window, a.value, a.low, a.high, a.verdict,
    a.veto, a.reason, before.value as year_before, above.value as parent, revised.revised_from, revised.revised_in,
    coalesce(areas.name_zh, a.area_code) as area_zh, coalesce(areas.name_en, a.area_code) as area_en,
    coalesce(i.name_zh, a.indicator) as name_zh,
    coalesce(i.name_en, a.indicator) as name_en, i.unit
from assessments_as_of($publication) as a
left join dim_area as areas on a.area_code = areas.area_code
left join indicators as i on a.indicator = i.indicator
left join figures as before
    on before.area_code = a.area_code and before.indicator = a.indicator and before.window = a.window
    and before.period_end = last_day(a.period_end - interval 1 year)
left join figures as above
    on above.area_code = {PARENT} and above.indicator = a.indicator and above.window = a.window
    and above.period_end = a.period_end
left join revised
    on revised.area_code = a.area_code and revised.indicator = a.indicator and revised.window = a.window
    and revised.period_end = a.period_end
where a.scheme = $scheme and a.period_end = $period_end and coalesce(a.area_code = $area, true)
order by a.area_code, a.indicator, a.window
"""
ATTESTED = """
select a.area_code, a.item, a.verdict, a.reason, a.visited_on, a.years_met, coalesce(i.name_zh, a.item) as name_zh,
    coalesce(i.name_en, a.item) as name_en
from attestations_as_of($publication) as a
left join attested_items as i on a.item = i.item
where a.period_end = $period_end and list_contains($areas, a.area_code)
order by a.area_code, i.place, a.item
"""
# The last figures of the indicators of one area, in the windows and on the clock of the assessment, oldest first.
TREND = """
select indicator, "window", list((value, status) order by period_end)
from (
    select indicator, "window", period_end, value, status,
        row_number() over (partition by indicator, "window" order by period_end desc) as place
    from indicator_values
    where area_code = $area and clock = 'report' and period_end <= $period_end
)
where place <= $periods
group by indicator, "window"
"""
LATEST = """
select max(period_end) from assessments where coalesce(scheme = $scheme, true) and coalesce(area_code = $area, true)
"""
PERIODS = 13  # a year of months and the same month before
WORDS = ("area_zh", "area_en", "name_zh", "name_en", "unit")  # labels of an item: not what was assessed


class NoScorecard(RenkouError):
    """There is no such scheme, month or area among the published assessments; the message names those that there are."""


@dataclass(frozen=True)
class Scorecard:
    """The items of one area, as rows of ITEMS, its attested items, as rows of ATTESTED, and what they come to."""

    area_code: str
    area: tuple[str, str]
    items: list[dict[str, Any]]
    attested: list[dict[str, Any]] = field(default_factory=list)

    @property
    def vetoed(self) -> list[str]:
        """Veto items that were missed: each alone fails the assessment."""
        return [item["indicator"] for item in self.items if item["veto"] and item["verdict"] == "missed"]

    def count(self, verdict: str) -> int:
        """How many items have that verdict."""
        return sum(item["verdict"] == verdict for item in self.items)


def publication_as_of(marts: duckdb.DuckDBPyConnection, moment: int | date | None) -> int:
    """The number of the publication that stood: the given one, the last of a day, or (None) the present one.

    Raises NoScorecard when nothing had been published.
    """
    if moment is None:
        row = marts.execute("select max(publication) from publications").fetchone()
    elif isinstance(moment, int):
        row = marts.execute("select max(publication) from publications where publication = ?", [moment]).fetchone()
    else:
        end = datetime.combine(moment, time.max)
        row = marts.execute("select max(publication) from publications where published_at <= ?", [end]).fetchone()
    if row is None or row[0] is None:
        first = marts.execute(
            "select min(publication), min(published_at), max(publication) from publications"
        ).fetchone()
        assert first is not None  # a publication holds its own line
        raise NoScorecard(
            f"there is no publication {moment}: the first is {first[0]} of {first[1]:%Y-%m-%d}, the last {first[2]}"
        )
    return int(row[0])


def read_items(
    marts: duckdb.DuckDBPyConnection, scheme: str, month: date, publication: int, area: str | None = None
) -> list[dict[str, Any]]:
    """The rows of ITEMS of a scheme at the end of a month as of a publication. Raises NoScorecard when there is none."""
    parameters = {"scheme": scheme, "period_end": month_end(month), "area": area, "publication": publication}
    rows = dictionaries(marts.execute(ITEMS, parameters))
    if not rows:
        raise NoScorecard(_what_there_is(marts, scheme, month, area, publication))
    return rows


def read_attested(
    marts: duckdb.DuckDBPyConnection, areas: Iterable[str], month: date, publication: int
) -> list[dict[str, Any]]:
    """The rows of ATTESTED of some areas at the end of a month as of a publication."""
    parameters = {"areas": sorted(set(areas)), "period_end": month_end(month), "publication": publication}
    return dictionaries(marts.execute(ATTESTED, parameters))


def scorecards(
    settings: Settings, scheme: str, month: date, area: str | None = None, as_of: int | date | None = None
) -> list[Scorecard]:
    """The scorecard of every area that the scheme assesses (or of `area`) at the end of a month, as of a publication or day.

    Raises NoScorecard when there is none, QueryError when nothing has been published.
    """
    with open_marts(settings) as marts:
        publication = publication_as_of(marts, as_of)
        items = read_items(marts, scheme, month, publication, area)
        return by_area(items, read_attested(marts, (item["area_code"] for item in items), month, publication))


@dataclass(frozen=True)
class Outlook:
    """Scorecards of one area as published now, by scheme, and the last figures of (indicator, window): value and status."""

    period: date
    cards: dict[str, Scorecard]
    trend: dict[tuple[str, str], list[tuple[float | None, str]]]


def outlook(
    settings: Settings, area: str | None = None, month: date | None = None, scheme: str | None = None
) -> Outlook:
    """What every scheme (or `scheme`) says of an area (the city, when none is named) at the last month, or at `month`.

    Raises NoScorecard when nothing is assessed there, QueryError when nothing has been published.
    """
    with open_marts(settings) as marts:
        area = area or _city(marts)
        end = month_end(month) if month else _latest(marts, area, scheme)
        publication = publication_as_of(marts, None)
        query = "select distinct scheme from assessments where area_code = ? and period_end = ? order by scheme"
        schemes = [row[0] for row in marts.execute(query, [area, end]).fetchall() if scheme in (None, row[0])]
        if not schemes:
            raise NoScorecard(f"no scheme{'' if scheme is None else ' ' + scheme} assesses {area} in {end:%Y-%m}")
        cards = {}
        for name in schemes:
            items = read_items(marts, name, end, publication, area)
            [cards[name]] = by_area(items, read_attested(marts, [area], end, publication))
        found = marts.execute(TREND, {"area": area, "period_end": end, "periods": PERIODS}).fetchall()
    return Outlook(end, cards, {(indicator, window): figures for indicator, window, figures in found})


def _city(marts: duckdb.DuckDBPyConnection) -> str:
    row = marts.execute("select area_code from dim_area where area_level = 'city'").fetchone()
    if row is None:
        raise NoScorecard("the publication names no city: name an area")
    return str(row[0])


def _latest(marts: duckdb.DuckDBPyConnection, area: str, scheme: str | None) -> date:
    row = marts.execute(LATEST, {"scheme": scheme, "area": area}).fetchone()
    if row is None or row[0] is None:
        raise NoScorecard(f"no scheme{'' if scheme is None else ' ' + scheme} assesses {area}")
    found: date = row[0]
    return found


def by_area(items: list[dict[str, Any]], attested: list[dict[str, Any]]) -> list[Scorecard]:
    """Items and attested items to one scorecard per area."""
    cards: dict[str, Scorecard] = {}
    for item in items:
        card = cards.setdefault(item["area_code"], Scorecard(item["area_code"], (item["area_zh"], item["area_en"]), []))
        card.items.append(item)
    for row in attested:
        cards[row["area_code"]].attested.append(row)
    return list(cards.values())


def _what_there_is(
    marts: duckdb.DuckDBPyConnection, scheme: str, month: date, area: str | None, publication: int
) -> str:
    table, known = "assessments_as_of($publication)", {"publication": publication}
    query = f"select distinct scheme from {table} order by scheme"
    schemes = [row[0] for row in marts.execute(query, known).fetchall()]
    if scheme not in schemes:
        return f"no scheme {scheme!r} is assessed; those that are: {', '.join(schemes)}"
    of_scheme = known | {"scheme": scheme}
    row = marts.execute(
        f"select min(period_end), max(period_end) from {table} where scheme = $scheme", of_scheme
    ).fetchone()
    assert row is not None  # the scheme is assessed
    first, last = row
    if not first <= month_end(month) <= last:
        return f"{scheme} is assessed from {first:%Y-%m} to {last:%Y-%m}, not in {month:%Y-%m}"
    query = f"select distinct area_code from {table} where scheme = $scheme order by area_code"
    areas = ", ".join(row[0] for row in marts.execute(query, of_scheme).fetchall())
    return f"{scheme} does not assess {area}; its areas: {areas}"
