"""The scorecard of a scheme and month: every item of every assessed area, read from the published marts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.errors import RenkouError
from orchestration.periods import month_end
from orchestration.publish.analyst import open_marts
from orchestration.settings import Settings

# Beside each item stands what the same indicator was a year before, and in the area above, in the same window and clock.
ITEMS = """
select
    a.area_code, areas.name_zh as area_zh, areas.name_en as area_en, a.indicator,
    coalesce(i.name_zh, a.indicator) as name_zh, coalesce(i.name_en, a.indicator) as name_en, i.unit,
    a.operator, a.target, a.target_upper, a.frequency, a.window, a.value, a.low, a.high, a.verdict, a.veto, a.reason, a.vintage,
    before.value as year_before, above.value as parent
from assessments as a
inner join dim_area as areas on a.area_code = areas.area_code
left join indicators as i on a.indicator = i.indicator
left join indicator_values as before
    on before.area_code = a.area_code and before.indicator = a.indicator and before.window = a.window
    and before.clock = 'report' and before.period_end = last_day(a.period_end - interval 1 year)
left join indicator_values as above
    on above.area_code = areas.parent_code and above.indicator = a.indicator and above.window = a.window
    and above.clock = 'report' and above.period_end = a.period_end
where a.scheme = $scheme and a.period_end = $period_end and coalesce(a.area_code = $area, true)
order by a.area_code, a.indicator
"""


class NoScorecard(RenkouError):
    """There is no such scheme, month or area among the published assessments; the message names those that there are."""


@dataclass(frozen=True)
class Scorecard:
    """The items of one area, as rows of ITEMS, and what they come to."""

    area_code: str
    area: tuple[str, str]
    items: list[dict[str, Any]]

    @property
    def vetoed(self) -> list[str]:
        """Veto items that were missed: each alone fails the assessment."""
        return [item["indicator"] for item in self.items if item["veto"] and item["verdict"] == "missed"]

    def count(self, verdict: str) -> int:
        """How many items have that verdict."""
        return sum(item["verdict"] == verdict for item in self.items)


def scorecards(settings: Settings, scheme: str, month: date, area: str | None = None) -> list[Scorecard]:
    """The scorecard of every area that the scheme assesses (or of `area`) at the end of a month.

    Raises NoScorecard when there is none, QueryError when nothing has been published.
    """
    with open_marts(settings) as marts:
        found = marts.execute(ITEMS, {"scheme": scheme, "period_end": month_end(month), "area": area})
        columns = [column[0] for column in found.description or []]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        if not rows:
            raise NoScorecard(_what_there_is(marts, scheme, month, area))
    cards: dict[str, Scorecard] = {}
    for row in rows:
        card = cards.setdefault(row["area_code"], Scorecard(row["area_code"], (row["area_zh"], row["area_en"]), []))
        card.items.append(row)
    return list(cards.values())


def _what_there_is(marts: duckdb.DuckDBPyConnection, scheme: str, month: date, area: str | None) -> str:
    schemes = [row[0] for row in marts.execute("select distinct scheme from assessments order by scheme").fetchall()]
    if scheme not in schemes:
        return f"no scheme {scheme!r} is assessed; those that are: {', '.join(schemes)}"
    query = "select min(period_end), max(period_end) from assessments where scheme = ?"
    row = marts.execute(query, [scheme]).fetchone()
    assert row is not None  # the scheme is assessed
    first, last = row
    if not first <= month_end(month) <= last:
        return f"{scheme} is assessed from {first:%Y-%m} to {last:%Y-%m}, not in {month:%Y-%m}"
    query = "select distinct area_code from assessments where scheme = ? order by area_code"
    areas = ", ".join(row[0] for row in marts.execute(query, [scheme]).fetchall())
    return f"{scheme} does not assess {area}; its areas: {areas}"
