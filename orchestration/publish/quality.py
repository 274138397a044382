"""The quality of a month's data as published: scores by register and area, reporting, and what the flags do to the figures."""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.errors import RenkouError
from orchestration.publish.analyst import dictionaries, open_marts
from orchestration.settings import Settings

MONTH = "select max(month) from quality_scores where month <= coalesce($month, month)"
# Beside each score stand those of the year before it, a month each, the oldest first; a month without a delivery has none.
SCORES = """
with months as (
    select unnest(generate_series(
        greatest($month - to_months(12), (select min(month) from quality_scores)), $month, interval 1 month
    ))::date as month
)

select s.register, s.area_code, s.dimension, s.status, s.score, s.score_before, s.checks_warned, s.checks_failed,
    list({'month': months.month, 'score': b.score, 'status': b.status} order by months.month) as trend
from quality_scores as s
cross join months
left join quality_scores as b
    on s.register = b.register and s.area_code = b.area_code and s.dimension = b.dimension and months.month = b.month
where s.month = $month and coalesce(starts_with(s.area_code, $area), true)
group by all
order by s.register, s.area_code, s.dimension
"""
REPORTING = """
select * from reporting_scores where month = $month and coalesce(starts_with(area_code, $area), true) order by area_code
"""
# What a flag does: "accuracy 95.8 %, below 97: the figures of county X that rest on it are provisional".
FLAGS = """
select p.area_code, d.name_zh as area_zh, d.name_en as area_en, p.register, p.check_id, p.dimension, p.observed, p.threshold,
    c.sentence_zh, c.sentence_en, count(distinct p.indicator) as indicators, count(distinct (t.scheme, t.indicator)) as items
from provisional_reasons as p
left join quality_checks as c on p.check_id = c.check_id
left join dim_area as d on p.area_code = d.area_code
left join targets as t on p.indicator = t.indicator
    and p.month >= date_trunc('month', t.valid_from) and (t.valid_to is null or p.month < t.valid_to)
where p.month = $month and coalesce(starts_with(p.area_code, $area), true)
group by all order by p.area_code, p.register, p.check_id
"""
# Verdicts of the month's assessments that rest on flagged figures.
ITEMS = """
select a.scheme, s.name_zh as scheme_zh, s.name_en as scheme_en, a.area_code, d.area_level, d.name_zh as area_zh,
    d.name_en as area_en, list(coalesce(i.name_zh, a.indicator) order by a.indicator) as items_zh,
    list(coalesce(i.name_en, a.indicator) order by a.indicator) as items_en
from assessments as a
left join schemes as s on a.scheme = s.scheme
left join dim_area as d on a.area_code = d.area_code
left join indicators as i on a.indicator = i.indicator
where a.reason = 'provisional' and a.period_end = last_day($month) and coalesce(starts_with(a.area_code, $area), true)
group by all order by a.scheme, a.area_code
"""
HELD = """
select register, area_code, status, reason from deliveries
where month = $month and status in ('held', 'refused') and coalesce(starts_with(area_code, $area), true)
order by register, area_code
"""


class NoQuality(RenkouError):
    """No quality of such a month or area has been published; the message says which there are."""


ORDER = ("fail", "warn", "pass", "n/a")  # the worst first


@dataclass(frozen=True)
class MonthQuality:
    """A month's scores, reporting, flags, and files held, of one delivering area or (None) of all.

    A flag has the number of indicators and assessment items that rest on it; `items` are the month's verdicts that do.
    """

    month: date
    area: str | None
    scores: list[dict[str, Any]]
    reporting: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    items: list[dict[str, Any]]
    held: list[dict[str, Any]]

    def worst(self) -> dict[tuple[str, str], str]:
        """The worst status by register and area."""
        found: dict[tuple[str, str], str] = {}
        for row in self.scores:
            key = row["register"], row["area_code"]
            found[key] = min(row["status"], found.get(key, "n/a"), key=ORDER.index)
        return found

    def by_dimension(self) -> list[dict[str, Any]]:
        """The worst score of each area and dimension; of one area every score, by register."""
        if self.area is not None:
            return self.scores
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in sorted(self.scores, key=_badness):
            found.setdefault((row["area_code"], row["dimension"]), row)
        return [found[key] for key in sorted(found)]


def _badness(row: dict[str, Any]) -> tuple[int, float]:
    """The worst state first, then the lowest score; one that may not be told comes last."""
    return ORDER.index(row["status"]), math.inf if row["score"] is None else row["score"]


def quality_of(settings: Settings, month: date | None, area: str | None = None) -> MonthQuality:
    """The quality of a month (default: the last one published), of an area (its first digits do) or of all.

    NoQuality when nothing of it was published.
    """
    with open_marts(settings) as marts:
        row = marts.execute(MONTH, {"month": month}).fetchone()
        if row is None or row[0] is None or (month is not None and row[0] != month):
            first, last = marts.execute("select min(month), max(month) from quality_scores").fetchone() or (None, None)
            there = f"there are {first:%Y-%m} to {last:%Y-%m}" if first else "nothing has landed"
            raise NoQuality(f"no quality of {month:%Y-%m} is published; {there}" if month else there)
        asked = {"month": row[0], "area": area}
        scores, reporting, flags, items, held = (
            dictionaries(marts.execute(sql, asked)) for sql in (SCORES, REPORTING, FLAGS, ITEMS, HELD)
        )
        found = MonthQuality(row[0], area, scores, reporting, flags, items, held)
        if not found.scores:
            areas = marts.execute("select list(distinct area_code order by area_code) from quality_scores").fetchone()
            raise NoQuality(f"no quality of {area} in {row[0]:%Y-%m} is published; areas: {', '.join(areas[0])}")
        return found
